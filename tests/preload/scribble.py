#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that writes over its segment while memtop reads it: memtop, built with
ASan and UBSan if it is there, neither crashes, hangs nor takes memory beyond its bound,
its recording opens, and the program's status is its own.

    SCRIBBLE_MINUTES=60 tests/preload/scribble.py     as long as that, from a random seed
    SCRIBBLE_SEED=N                                   begins there (alone: that one run)
"""
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

B = os.environ.get("B", "build")
WORKER = os.path.join(B, "tests/workers/scribble")
STATUS = 7
RUNS = 12
MILLISECONDS = 250
TIMEOUT = 90
MEMORY_MAX = 1536 << 20         # ASan's own share is most of it
RECORDING_MAX = 96 << 20
WAYS = [[], ["--on-full=drop"], ["--mmap"], ["--sample=4096"], ["--nframe=8"],
        ["--max-traces=1K"]]


class Unmet(Exception):
    """The target, held up for longer than the door waits for a hello, was not met."""


WRONG = re.compile(r"Sanitizer|runtime error|[Aa]ssert|lost the process|unknown error")


def memtop(folder):
    """The sanitized one stands without a library of its own: it gets one beside it."""
    plain = os.environ.get("MEMTOP", "build/memtop")
    sanitized = os.path.join(B, "asan/memtop")
    if not os.path.exists(sanitized):
        return plain, "plain"
    os.makedirs(os.path.join(folder, "bin"), exist_ok=True)
    for name in (sanitized, os.path.join(B, "libmemtop.so")):
        to = os.path.join(folder, "bin", os.path.basename(name))
        if not os.path.exists(to):
            shutil.copy(name, to)
    return os.path.join(folder, "bin/memtop"), "sanitized"


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as text:
            return [int(word) for word in text.read().split()]
    except OSError:
        return []


def peak_of(pid):
    """The most memory that memtop's processes under this one had, bytes."""
    peak = 0
    for child in [pid] + children(pid):
        try:
            with open("/proc/%d/status" % child) as text:
                said = text.read()
        except OSError:
            continue
        found = re.search(r"VmHWM:\s*(\d+)", said)
        if found and "Name:\tmemtop" in said:
            peak = max(peak, int(found.group(1)) << 10)
    return peak


def where(pid):
    """What each thread of a process that does not end is at."""
    said = ""
    for folder in glob.glob("/proc/%d/task/*" % pid):
        try:
            with open(folder + "/stat") as stat, open(folder + "/wchan") as wchan:
                words = stat.read().rsplit(")", 1)[1].split()
                said += "%s: state %s, %s ticks, in %s\n" % (folder, words[0], words[11],
                                                           wchan.read())
        except OSError:
            pass
    if shutil.which("gdb"):
        done = subprocess.run(["gdb", "-p", str(pid), "-batch", "-ex", "thread apply all bt 8"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60,
                              universal_newlines=True)
        said += "\n".join(line for line in done.stdout.splitlines()
                          if line.startswith(("Thread", "#")))
    return said + "\n"


def kill_all(process):
    for pid in children(process.pid) + [process.pid]:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    process.wait()


def run(program, folder, seed):
    """One run: what is wrong with it, or None."""
    path = os.path.join(folder, "r.memtop")
    errors = os.path.join(folder, "errors")
    if os.path.exists(path):
        os.unlink(path)
    environment = dict(os.environ, UBSAN_OPTIONS="print_stacktrace=1",
                       ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1")
    peak = 0
    with open(errors, "w+") as said:
        process = subprocess.Popen([program, "record", "--force"] + WAYS[seed % len(WAYS)] +
                                   ["-o", path, WORKER, str(seed), str(MILLISECONDS)],
                                   stdout=subprocess.DEVNULL, stderr=said, env=environment)
        end = time.monotonic() + TIMEOUT
        while process.poll() is None and time.monotonic() < end:
            peak = max(peak, peak_of(process.pid))
            try:
                process.wait(0.02)
            except subprocess.TimeoutExpired:
                pass
        hung = process.poll() is None
        stuck = "".join(where(pid) for pid in children(process.pid)) if hung else ""
        if hung:
            kill_all(process)
        said.seek(0)
        text = said.read()
    if "nothing was traced" in text:
        raise Unmet
    if hung:
        return "not done after %d s\n%s\n%s" % (TIMEOUT, text, stuck)
    if process.returncode != STATUS:
        return "status %d\n%s" % (process.returncode, text)
    if WRONG.search(text):
        return text
    if peak > MEMORY_MAX:
        return "memtop took %d MiB" % (peak >> 20)
    if os.path.getsize(path) > RECORDING_MAX:
        return "a recording of %d MiB" % (os.path.getsize(path) >> 20)
    report = subprocess.run([program, "report", "--json", path], env=environment,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT)
    if report.returncode or report.stderr:
        return "report: status %d\n%s" % (report.returncode, report.stderr.decode())
    json.loads(report.stdout)
    return None


def main():
    minutes = float(os.environ.get("SCRIBBLE_MINUTES", "0"))
    alone = "SCRIBBLE_SEED" in os.environ and not minutes
    first = int(os.environ.get("SCRIBBLE_SEED",
                               random.randrange(1 << 40) if minutes else "1"))
    if not os.path.exists(WORKER):
        sys.exit("no %s: make check-programs" % WORKER)
    end = time.monotonic() + 60 * minutes
    failures, runs, unmet = [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        program, kind = memtop(folder)
        while time.monotonic() < end if minutes else runs < (1 if alone else RUNS):
            seed = first + runs
            try:
                wrong = run(program, folder, seed)
            except Unmet:
                unmet += 1
                wrong = "ten targets were not met" if unmet == 10 else None
                if not wrong:
                    continue
            except (subprocess.TimeoutExpired, ValueError, OSError) as error:
                wrong = repr(error)
            runs += 1
            if wrong:
                failures.append(seed)
                print("seed %d failed (SCRIBBLE_SEED=%d runs it again): %s" %
                      (seed, seed, wrong[:8000]), flush=True)
            elif minutes and runs % 50 == 0:
                print("%d runs, %d failures" % (runs, len(failures)), flush=True)
    print("scribble: %d runs from seed %d, memtop %s, %d failures %s%s" %
          (runs, first, kind, len(failures), failures[:20] or "",
           ", %d times again: not met" % unmet if unmet else ""))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
