#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that die at a ceiling, or are killed with their memtop: the recording opens, says
how it ended, and has what was held near the ceiling, and the history up to the last second.

KILLS=50 kills more often; SEED=N repeats such a run.  The ages that it prints are to be read
on a machine that is not busy: a test that is asserts five times as much.
"""
import json
import os
import random
import resource
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
WORKER = os.path.abspath(os.path.join(os.environ.get("B", "build"), "tests/workers/asked"))
with open("tests/preload/workers/asked.c", encoding="ascii") as source:
    LINE = "asked.c:%d" % (source.read().split("malloc(bytes)")[0].count("\n") + 1)
PATIENCE = 60                   # seconds: far more than anything here takes
MIB = 1 << 20
FOLDER = tempfile.mkdtemp(prefix="memtop-end.")
os.environ["XDG_CACHE_HOME"] = FOLDER


def ask(*arguments):
    done = subprocess.run([MEMTOP, *arguments], stdout=subprocess.PIPE, check=False)
    assert done.returncode == 0, (arguments, done.returncode)
    return done.stdout.decode()


def query(path, sql):
    """What is committed so far; None: there is nothing yet."""
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=PATIENCE) as database:
            return database.execute(sql).fetchall()
    except sqlite3.OperationalError:
        return None


def await_name(path, name):
    until = time.monotonic() + PATIENCE
    while not (query(path, "SELECT 1 FROM moment WHERE name = '%s'" % name) or []):
        assert time.monotonic() < until, f"no snapshot {name} was committed"


class Run:
    """A recorded worker that does what it is asked for."""

    def __init__(self, name, *words, prepare=None, options=()):
        self.path = os.path.join(FOLDER, name)
        self.steps = []         # (when, bytes held)
        self.process = subprocess.Popen(
            [MEMTOP, "record", "--quiet", *options, "-o", self.path, "--", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=prepare,
            start_new_session=True)

    def step(self, line):
        """False: it has died."""
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            return False
        if answer:
            self.steps.append((time.monotonic(), int(answer)))
        return bool(answer)

    def pid(self):
        """The worker's, once it is committed."""
        until = time.monotonic() + PATIENCE
        while not (found := query(self.path, "SELECT value FROM meta WHERE key = 'pid'")):
            assert time.monotonic() < until, "nothing was committed"
        return found[0][0]

    def end(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.stdout.close()
        return self.process.wait()


def grow_to_the_end(run, used, ceiling):
    """A step each, and near an alarm no further until its snapshot is committed."""
    alarms = [(90.5, "limit-90"), (97.5, "limit-97")]
    while run.step("grow %d" % (MIB // 2)):
        while alarms and (used() or 0) >= ceiling * alarms[0][0] / 100:
            await_name(run.path, alarms.pop(0)[1])
    assert not alarms, f"it died before {alarms}"
    return run.end()


def check_end(run, how, kind, ceiling, words):
    document = json.loads(ask("report", "--json", run.path))
    assert document["end"]["how"] == how and document["end"]["limit"] == kind, document["end"]
    limits = [limit for limit in document["limits"] if limit["kind"] == kind]
    assert len(limits) == 1 and limits[0]["bytes"] == ceiling, limits
    assert 0.97 * ceiling <= limits[0]["most"] <= ceiling, limits
    assert document["moment"]["name"] == "exit"
    held = document["statistics"][0]
    # What it died of may have been allocated, and not told any more.
    last = run.steps[-1][1]
    assert held["key"].endswith(LINE) and last <= held["size"] <= last + MIB, (held, last)
    said = ask("report", run.path).splitlines()[0]
    assert all(word in said for word in words), said
    sizes = []
    for name in ("limit-90", "limit-97", "exit"):
        sizes.append(json.loads(ask("report", "--json", f"{run.path}@{name}"))["traced"]["current"])
    assert sizes == sorted(sizes) and sizes[0] > 0.5 * sizes[2], sizes


def address_space():
    ceiling = 256 * MIB
    limit = f"ulimit -Sv {ceiling // 1024}; exec {WORKER}"
    run = Run("as", "sh", "-c", limit)
    assert run.step("grow 4096")

    pid = run.pid()

    def used():
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            sizes = [line for line in status if line.startswith("VmSize:")]
        return int(sizes[0].split()[1]) * 1024 if sizes else 0

    assert grow_to_the_end(run, used, ceiling) == 128 + signal.SIGABRT
    check_end(run, "signal", "RLIMIT_AS", ceiling,
              ["was ended by signal 6", "% of RLIMIT_AS (256 MiB)"])


def make_cgroup():
    """A folder of a cgroup of this test's own with 64 MiB, and the names of its files."""
    for root, limit, used in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes",
                               "memory.usage_in_bytes"),
                              ("/sys/fs/cgroup", "memory.max", "memory.current")):
        folder = os.path.join(root, f"memtop-test-{os.getpid()}")
        try:
            os.mkdir(folder)
            with open(os.path.join(folder, limit), "w", encoding="ascii") as file:
                file.write(str(64 * MIB))
            return folder, limit, os.path.join(folder, used)
        except OSError:
            if os.path.isdir(folder):
                os.rmdir(folder)
    return None


def cgroup():
    made = make_cgroup()
    if not made:
        print("no cgroup with a memory controller can be made here: that part is skipped")
        return
    folder, kind, usage = made
    try:
        run = Run("cgroup", "sh", "-c", f"echo $$ >{folder}/cgroup.procs; exec {WORKER}")

        def used():
            with open(usage, encoding="ascii") as file:
                return int(file.read())

        assert grow_to_the_end(run, used, 64 * MIB) == 128 + signal.SIGKILL
        check_end(run, "oom_kill", kind, 64 * MIB,
                  ["by the OOM killer", f"% of {kind} (64.0 MiB)"])
    finally:
        os.rmdir(folder)


def held_at(steps, when):
    """What it had said that it holds by then."""
    return max((held for at, held in steps if at <= when), default=0)


def grow_for(run, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert run.step("grow 4096")
        select.select([], [], [], 0.002)        # the worker's pace, nothing is waited for


def kill_target(number):
    run = Run("target", WORKER)
    grow_for(run, random.uniform(1.5, 3))
    pid = run.pid()
    held = run.steps[-1][1]
    os.kill(pid, signal.SIGKILL)
    assert run.end() == 128 + signal.SIGKILL
    document = json.loads(ask("report", "--json", run.path))
    assert document["end"]["how"] == "signal" and document["program"]["signal"] == 9, document
    sizes = {row["key"].rsplit("/", 1)[-1]: row["size"] for row in document["statistics"]}
    assert sizes[LINE] == held, (number, sizes, held)
    os.unlink(run.path)


def kill_all(number):
    run = Run("all", WORKER, options=("--snapshot-at=grown > 100K",))
    grow_for(run, random.uniform(2.2, 4))
    os.killpg(run.process.pid, signal.SIGKILL)
    killed = time.monotonic()
    run.end()
    document = json.loads(ask("report", "--json", f"{run.path}@-0s"))
    assert document["end"]["how"] == "cut_off", document["end"]
    current = document["traced"]["current"]
    age = killed - max(at for at, held in run.steps if held <= current)
    names = [row[0] for row in query(run.path, "SELECT name FROM moment WHERE kind = 1")]
    assert "grown-100K" in names, names
    said = ask("report", run.path).splitlines()[0]
    assert "was still running at the last write" in said, said
    assert age < 5, f"kill {number}: the last moment is {age:.2f} s old"
    for end in ("", "-wal", "-shm"):
        if os.path.exists(run.path + end):
            os.unlink(run.path + end)
    return age


def main():
    seed = int(os.environ.get("SEED", str(random.randrange(1 << 32))))
    kills = int(os.environ.get("KILLS", "3"))
    random.seed(seed)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(f"SEED={seed} KILLS={kills}")
    address_space()
    cgroup()
    ages = []
    for number in range(kills):
        kill_target(number)
        ages.append(kill_all(number))
    print(f"last moments of {kills} runs that were killed with their memtop: "
          f"{sum(ages) / len(ages):.2f} s old on average, {max(ages):.2f} s at most")


try:
    main()
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)
sys.exit(0)
