# SPDX-License-Identifier: GPL-3.0-or-later
"""What the harnesses share: where things are, one measured run of a process
tree, the machine, tables.  Not a harness itself: run, it prints the machine."""
import os
import shutil
import signal
import subprocess
import threading
import time

B = os.path.abspath(os.environ.get("B", "build"))
MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
WORK = os.path.join(B, "tests/bench/work")
USAGE = os.path.join(WORK, "libusage.so")
# Names of earlier rounds, as a user has them, and not in the user's own folder.
os.environ["XDG_CACHE_HOME"] = os.path.join(B, "tests/bench/cache")
os.makedirs(os.environ["XDG_CACHE_HOME"], exist_ok=True)


class Failed(Exception):
    """A run that gave no figures, and why in two words."""


class Run:
    """wall and cpu in seconds, of the whole tree; target_* of the target alone
    (hwm in KB), as it said itself through libusage.so."""

    def __init__(self):
        self.wall = self.cpu = self.target_wall = self.target_cpu = self.hwm = 0.0
        self.beside = 0.0


def end_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def forget(pid):
    """What a heaptrack that was ended leaves behind."""
    try:
        os.unlink("/tmp/heaptrack_fifo%d" % pid)
    except FileNotFoundError:
        pass


def start(argv, env, folder, limit=None, stdin=None, output=None):
    """Popen of a process group of its own; limit: bytes of address space."""
    environment = dict(os.environ, **env)
    if limit:
        argv = ["/bin/sh", "-c", 'ulimit -v %d; exec "$@"' % (limit // 1024), "sh"] + argv
    stdin = os.path.join(folder, stdin) if stdin else os.devnull
    with open(stdin, "rb") as source, open(output or os.devnull, "wb") as sink:
        return subprocess.Popen(argv, stdin=source, stdout=sink, stderr=subprocess.DEVNULL,
                                env=environment, cwd=folder, start_new_session=True)


def collect(process, began, timeout):
    """Waits for it; wall, CPU and status of the tree."""
    late = threading.Event()

    def stop():
        late.set()
        end_group(process.pid)

    timer = threading.Timer(timeout, stop)
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    end_group(process.pid)
    forget(process.pid)
    if late.is_set():
        raise Failed("> %d s" % timeout)
    if process.returncode != 0:
        raise Failed("fails (%d)" % process.returncode)
    return wall, usage.ru_utime + usage.ru_stime


def usage_of(path, target):
    """The target's line, the longest where it forked; and memtop's own peak."""
    found, beside = None, 0.0
    with open(path) as lines:
        for line in lines:
            name, _, hwm, cpu, wall = line.rsplit(None, 4)
            if name == "memtop":
                beside = max(beside, float(hwm))
            elif name == target and (not found or float(wall) > found[2]):
                found = float(hwm), float(cpu), float(wall)
    return found, beside


def measure(argv, env, folder, target, timeout=120, **more):
    """One run of argv, in which `target` is the name of the traced program."""
    usage, run = os.path.join(folder, "usage"), Run()
    open(usage, "w").close()
    env = dict(env, BENCH_USAGE=usage,
               LD_PRELOAD=":".join(filter(None, [env.get("LD_PRELOAD"), USAGE])))
    began = time.monotonic()
    run.wall, run.cpu = collect(start(argv, env, folder, **more), began, timeout)
    found, run.beside = usage_of(usage, target[:15])
    if found:
        run.hwm, run.target_cpu, run.target_wall = found[0], found[1] / 1e6, found[2] / 1e6
    return run


def output_and_cpu(argv, folder, timeout=120):
    """Standard output of a run, and CPU seconds of its whole tree; (None, None) if it failed."""
    path = os.path.join(folder, "output")
    try:
        began = time.monotonic()
        _, cpu = collect(start(argv, {}, folder, output=path), began, timeout)
    except (Failed, OSError):
        return None, None
    with open(path) as lines:
        return lines.read(), cpu


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def cell(value, form="%.2f"):
    return "-" if value is None else form % value


def less(one, other):
    return None if one is None or other is None else one - other


def show(title, heads, rows):
    """A Markdown table, its columns as wide as they need."""
    rows = [[str(cell) for cell in row] for row in rows]
    width = [max(len(row[i]) for row in rows + [heads]) for i in range(len(heads))]

    def line(cells):
        return "| " + " | ".join(c.ljust(w) for c, w in zip(cells, width)) + " |"

    print("\n%s\n" % title)
    print(line(heads))
    print("|" + "|".join("-" * (w + 2) for w in width) + "|")
    for row in rows:
        print(line(row))
    print(flush=True)


def first_line(*argv):
    if not shutil.which(argv[0]):
        return "%s: not installed" % argv[0]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    return (done.stdout.splitlines() or [""])[0]


def machine():
    with open("/proc/cpuinfo") as lines:
        model = next((l.split(":")[1].strip() for l in lines if l.startswith("model name")), "?")
    with open("/proc/loadavg") as line:
        load = " ".join(line.read().split()[:3])
    return "%s; %s, %d cores, Linux %s, load %s; %s, %s" % (
        time.strftime("%Y-%m-%d %H:%M"), model, os.cpu_count(), os.uname().release, load,
        first_line("gcc", "--version"), first_line("heaptrack", "--version"))


if __name__ == "__main__":
    print(machine())
