#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The screen, on a terminal of its own (120x40): start to the first frame, and
under full load its frames a second, the bytes that they take beside a whole
repaint (C-l), the CPU of each of memtop's threads, and how long a key waits for
its answer.

	SECONDS=5 ROUNDS=5 tests/bench/screen.py

A frame is what stands between the marks of synchronised output.  The key is
`:`, whose answer is the cursor of the prompt.

	KEYS=1048576 tests/bench/screen.py

With KEYS: the keys alone, on each tab, of a program with that many live stacks whose two
threads keep two cores busy: `:`, the digit of the tab (its answer is the bar's mark), the
arrow down (the row's number in the table's head), `:` while an export is written, and Enter of
a search for what no row has.
Prints; judges nothing."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import bench

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = float(os.environ.get("SECONDS", "5"))
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
TICK = os.sysconf("SC_CLK_TCK")
HINTS = b"quit"                         # the last line of each frame
CURSOR_ON, CURSOR_OFF = b"\x1b[?25h", b"\x1b[?25l"
FRAME_END = b"\x1b[?2026l"
LOADS = (("pairs", "400000000", "one thread, 256 stacks"),
         ("cross", "400000000", "4 threads"),
         ("recurse", "400000000", "stacks new all the time"))
TABS = "1234567"                        # those with a table of the heap


class Terminal:
    """memtop on a pty; what it wrote, and when."""

    def __init__(self, argv):
        self.began, self.frames, self.bytes, self.tail = time.monotonic(), 0, 0, b""
        self.ending = False
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
            os.execv(bench.MEMTOP, ["memtop"] + argv)

    def read(self, until):
        """Some output, or nothing by that time; an end that nobody asked for ends the bench."""
        ready, _, _ = select.select([self.fd], [], [], max(0, until - time.monotonic()))
        if not ready:
            return b""
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        if not data and not self.ending:
            sys.exit("memtop ended before it was asked to")
        self.bytes += len(data)
        self.tail += data
        self.frames += self.tail.count(FRAME_END)
        self.tail = self.tail[self.tail.rfind(FRAME_END) + 1:][-len(FRAME_END) + 1:]
        return data

    def wait_for(self, text, seconds=10):
        """Seconds since now until text was written, or None."""
        began, seen = time.monotonic(), b""
        while time.monotonic() < began + seconds:
            seen = seen[-512:] + self.read(began + seconds)
            if text.search(seen) if isinstance(text, re.Pattern) else text in seen:
                return time.monotonic() - began
        return None

    def drain(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.read(until)

    def send(self, keys):
        os.write(self.fd, keys)

    def end(self):
        """q and k, as a person would; where that fails, the target by force."""
        self.drain(0.2)                 # or an Esc before makes it M-q
        below = children(self.pid)
        self.ending = True
        self.send(b"q")
        self.wait_for(b"kill", 2)
        self.send(b"k")
        until = time.monotonic() + 10
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            if time.monotonic() > until:
                for pid in below + [self.pid]:
                    if os.path.exists("/proc/%d" % pid):
                        os.kill(pid, signal.SIGKILL)
            self.read(time.monotonic() + 0.05)
        os.close(self.fd)


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as line:
        return [int(word) for word in line.read().split()]


def cpu(pid):
    """{thread: seconds}; the desk is the first thread of memtop proper."""
    found = {}
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/stat" % (pid, task)) as line:
            name, rest = line.read().rsplit(")", 1)
        fields = rest.split()
        key = "first" if int(task) == pid else name.split("(", 1)[1] + task
        found[key] = (int(fields[11]) + int(fields[12])) / TICK
    return found


def by_role(pid, target):
    found = {"desk": 0.0, "reader": 0.0, "others": 0.0, "target": sum(cpu(target).values())}
    for key, seconds in cpu(pid).items():
        found["desk" if key == "first" else "reader" if key.startswith("reader") else "others"] += \
            seconds
    return found


def load(name, size):
    terminal = Terminal([os.path.join(bench.WORK, name), size])
    try:
        terminal.wait_for(HINTS)
        terminal.drain(1)
        proper, target = sorted(children(terminal.pid))[:2]
        before, terminal.frames, began = by_role(proper, target), 0, time.monotonic()
        terminal.drain(SECONDS)
        took, frames, after = time.monotonic() - began, terminal.frames, by_role(proper, target)
        keys = []
        for i in range(20):
            terminal.drain(0.05 + 0.013 * i)
            terminal.send(b":")
            keys.append(terminal.wait_for(CURSOR_ON, 5))
            terminal.send(b"\x1b")
            terminal.wait_for(CURSOR_OFF, 5)
    finally:
        terminal.end()
    keys = [k for k in keys if k is not None]
    return ["%.1f" % (frames / took)] + \
        ["%.1f %%" % ((after[k] - before[k]) / took * 100) for k in after] + \
        (["%.0f ms" % (bench.median(keys) * 1e3), "%.0f ms" % (max(keys) * 1e3)] if keys
         else ["-", "-"])


def repaint(terminal):
    """Bytes of a whole frame: the most of five C-l, each with the frame after it."""
    most = 0
    for _ in range(5):
        terminal.drain(0.15)
        terminal.bytes = 0
        terminal.send(b"\x0c")
        terminal.wait_for(FRAME_END, 5)
        most = max(most, terminal.bytes)
    return most


def written(what, argv):
    """A row for each tab of the heap: bytes of frames as they come, and of a whole one."""
    rows, terminal = [], Terminal(argv)
    try:
        terminal.wait_for(HINTS)
        terminal.drain(1)
        for tab in TABS:
            terminal.send(tab.encode())
            terminal.drain(0.5)
            terminal.frames = terminal.bytes = 0
            terminal.drain(SECONDS / 2)
            each, rate = terminal.bytes / max(terminal.frames, 1), terminal.bytes / (SECONDS / 2)
            whole = repaint(terminal)
            rows.append([what, tab, "%d" % whole, "%d" % each,
                         "%.1f %%" % (each / whole * 100) if whole else "-",
                         "%.1f" % (rate / 1024)])
    finally:
        terminal.end()
    return rows


def first_frame(argv):
    terminal = Terminal(argv)
    try:
        terminal.wait_for(HINTS)
        return time.monotonic() - terminal.began, None
    finally:
        terminal.end()


def seconds_of(argv, **more):
    """Wall time, and CPU of the whole command."""
    began = time.monotonic()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return wall, usage.ru_utime + usage.ru_stime


def starts(folder):
    script = os.path.join(folder, "play")
    with open(script, "w") as out:
        out.write("wait settled\n:save-screen %s\n" % os.path.join(folder, "screen"))
    record = [bench.MEMTOP, "record", "--quiet", "--force", "-o", os.path.join(folder, "m.memtop")]
    python = [PYTHON, "-c", "pass"]
    cases = {
        "first frame on a terminal (target: pairs)":
            lambda: first_frame([os.path.join(bench.WORK, "pairs"), "400000000"]),
        "first frame on a terminal (target: python3)":
            lambda: first_frame([PYTHON, "-c", "input()"]),
        "--play to the first settled screen, pairs 1": lambda: seconds_of(
            [bench.MEMTOP, "--play=" + script, os.path.join(bench.WORK, "pairs"), "1"]),
        "/bin/true bare": lambda: seconds_of(["/bin/true"]),
        "/bin/true, memtop record": lambda: seconds_of(record + ["/bin/true"]),
        "python3 -c pass bare": lambda: seconds_of(python),
        "python3 -c pass, memtop record": lambda: seconds_of(record + python),
        "the same, no names of earlier runs": lambda: seconds_of(
            ["env", "MEMTOP_NO_CACHE=1"] + record + python),
        "python3 -c pass, memtop check": lambda: seconds_of([bench.MEMTOP, "check", "--quiet", "--"] + python),
        "the same, --symbol-time=0.001": lambda: seconds_of(record + ["--symbol-time=0.001"] + python),
        "python3 -c pass, heaptrack": lambda: seconds_of(["heaptrack", "-o", "h"] + python, cwd=folder),
    }
    if bench.first_line("heaptrack", "--version").endswith("not installed"):
        del cases["python3 -c pass, heaptrack"]
        print("skipped: heaptrack is not installed")
    taken = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, case in cases.items():
            taken[name].append(case())

    def cpu(found):
        return bench.cell(bench.median([c * 1e3 for _, c in found]) if found[0][1] else None, "%.0f")

    bench.show("Starts, milliseconds; medians and worst of %d; CPU of target and memtop together." % ROUNDS,
               ["what", "median", "worst", "cpu together"],
               [[name, "%.0f" % bench.median([w * 1e3 for w, _ in v]),
                 "%.0f" % max(w * 1e3 for w, _ in v), cpu(v)] for name, v in taken.items()])


BAR = b"48;5;110m"                      # the colour of the tab that is shown
# That of a table's head, and of the first line, which has a clock.
HEAD = re.compile(rb"\x1b\[(?!1;)\d+;\d+H[^H]*48;5;236m")
TREE = b"callers first"                 # in the head of a tree, once it is there


def answer(terminal, key, mark, most=5):
    """Milliseconds until the mark came, or `most` seconds if it didn't."""
    terminal.send(key)
    took = terminal.wait_for(mark, most)
    return (most if took is None else took) * 1e3


def waits(terminal, tab):
    """{key: [milliseconds]} on that tab."""
    found = {"digit": [], "down at once": [], "tree": [], "down or up": [], ":": []}
    for i in range(10):
        terminal.send(b"8")
        terminal.drain(0.5 + 0.013 * i)
        found["digit"].append(answer(terminal, tab.encode(), BAR))
        if tab in "27":                 # the others may have one row
            found["down at once"].append(answer(terminal, b"j", FRAME_END))
            if tab == "7" and i == 0:   # until its rows are there, or keys move nothing
                found["tree"].append(answer(terminal, b"", TREE, 60))
            terminal.drain(10 if i == 0 else 3)
            found["down or up"].append(answer(terminal, b"kj"[i % 2 == 0:][:1], HEAD))
        terminal.drain(0.1 + 0.013 * i)
        found[":"].append(answer(terminal, b":", CURSOR_ON))
        terminal.send(b"\x1b")
        terminal.wait_for(CURSOR_OFF, 5)
    return found


def exporting(terminal, folder):
    """The same of `:`, while all stacks are written to a file."""
    path = os.path.join(folder, "e.pb.gz")
    terminal.send(b":export pprof %s\r" % path.encode())
    while not os.path.exists(path):
        terminal.drain(0.05)
    found = []
    for i in range(20):
        terminal.drain(0.01 + 0.007 * i)
        found.append(answer(terminal, b":", CURSOR_ON))
        terminal.send(b"\x1b")
        terminal.wait_for(CURSOR_OFF, 5)
    written = os.path.getsize(path)
    terminal.drain(20)
    print("the export %s" % ("went on all the while" if os.path.getsize(path) > written
                             else "had ended, or wrote nothing for 20 s"))
    return found


def searches(terminal):
    """The milliseconds until Enter has found that no row of all stacks has a text."""
    found = []
    terminal.send(b"2")
    terminal.drain(10)
    for _ in range(10):
        terminal.send(b"/none has this")
        terminal.wait_for(CURSOR_ON, 5)
        terminal.drain(0.3)
        found.append(answer(terminal, b"\r", b"no row has"))
        terminal.send(b"\x1b")
        terminal.wait_for(CURSOR_OFF, 5)
    return found


def keys(stacks):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        terminal = Terminal(["--log=" + log, os.path.join(bench.WORK, "stacks"), stacks])
        try:
            while not os.path.exists(log) or b"are there" not in open(log, "rb").read():
                terminal.drain(0.5)
            terminal.drain(10)
            for tab in TABS:
                rows += [[tab, key] + ["%.0f" % f(v) for f in (min, bench.median, max)]
                         for key, v in waits(terminal, tab).items() if v]
            v = searches(terminal)
            rows.append(["2", "Enter of /"] + ["%.0f" % f(v) for f in (min, bench.median, max)])
            v = exporting(terminal, folder)
            rows.append(["", ": during :export"] + ["%.0f" % f(v) for f in (min, bench.median, max)])
        finally:
            terminal.end()
    bench.show("A key's answer, ms, with %s live stacks and two busy threads; load %.1f at the end."
               % (stacks, os.getloadavg()[0]), ["tab", "key", "least", "median", "worst"], rows)


def main():
    print(bench.machine())
    if "KEYS" in os.environ:
        keys(os.environ["KEYS"])
        return
    with tempfile.TemporaryDirectory() as folder:
        starts(folder)
    bench.show("The screen under full load, %g s each: CPU in %% of one core; a key's answer." % SECONDS,
               ["load", "frames/s", "desk", "reader", "names, store, door", "target", "key median",
                "key worst"],
               [[what] + load(name, size) for name, size, what in LOADS])
    bench.show("Bytes written to the terminal, tab by tab: a whole repaint, a frame in the steady state.",
               ["load", "tab", "repaint", "a frame", "of it", "KiB/s"],
               [row for name, size, what in LOADS
                for row in written(what, [os.path.join(bench.WORK, name), size])])


if __name__ == "__main__":
    main()
