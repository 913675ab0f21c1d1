# SPDX-License-Identifier: GPL-3.0-or-later
"""For the tests that attach to a program which obeys words on its standard input
(tests/preload/workers/late.c, standby.c): the program, the recorder, and what is left."""
import json
import os
import signal
import struct
import subprocess
import sys

MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
B = os.path.abspath(os.environ.get("B", "build"))
PATIENCE = 60

# A shell's background job ignores it, and so would memtop.
signal.signal(signal.SIGINT, signal.default_int_handler)


def fail(what):
    print("FAIL:", what)
    sys.exit(1)


def same(got, want, what):
    if got != want:
        fail("%s: %r, not %r" % (what, got, want))


class Program:
    """It says "ready PID" first, and `answer` to each word but quit."""

    answer = "done\n"

    def __init__(self, *command, **options):
        self.process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, **options)
        self.pid = int(self.line().split()[1])

    def line(self):
        return self.process.stdout.readline()

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def ask(self, word):
        self.tell(word)
        same(self.line(), self.answer, word)

    def end(self):
        self.tell("quit")
        same(self.process.wait(PATIENCE), 0, "the program's status")
        self.process.stdin.close()
        self.process.stdout.close()

    def maps(self):
        return maps_of(self.pid)

    def pages(self):
        return pages_of(self.pid)

    def descriptors(self):
        return sorted(os.listdir("/proc/%d/fd" % self.pid))


def maps_of(pid):
    with open("/proc/%d/maps" % pid, encoding="utf-8") as file:
        return file.readlines()


def gate_leads(pid):
    """Where the hook of malloc jumps while there is no call."""
    symbols = subprocess.check_output(["nm", os.path.join(B, "libmemtop.so")], text=True)
    place = next(line.split()[0] for line in symbols.splitlines() if line.endswith(" gate_malloc"))
    parts = [line.split() for line in maps_of(pid)]
    own = next(part for part in parts if part[-1].endswith("/libmemtop.so"))
    with open("/proc/%d/mem" % pid, "rb") as memory:
        memory.seek(int(own[0].split("-")[0], 16) + int(place, 16))
        to = int.from_bytes(memory.read(8), "little")
    return next(os.path.basename(part[-1]) for part in parts
                if int(part[0].split("-")[0], 16) <= to < int(part[0].split("-")[1], 16))


def pages_of(pid):
    """The files of a process's standby page: one, or none without a tracer."""
    return [line.split()[-1] for line in maps_of(pid) if "/memtop-standby." in line]


def call_of(pid):
    """The words of that page: which call is wanted, which was answered; zeros without one."""
    for path in pages_of(pid):
        with open("/proc/%d/root%s" % (pid, path), "rb") as file:
            page = file.read(256)
        return struct.unpack_from("I", page, 64)[0], struct.unpack_from("I", page, 196)[0]
    return 0, 0


def attach(pid, *options):
    return subprocess.Popen([MEMTOP, "record", "--quiet", "--force", "-o", "r.memtop",
                             "--attach=%d" % pid, *options], stderr=subprocess.PIPE, text=True)


def answered(recorder, pid, earlier=0):
    """Waits until the tracer has answered a call (other than `earlier`)."""
    while True:
        wanted, answer = call_of(pid)
        if wanted not in (0, earlier) and wanted == answer:
            return
        if recorder.poll() is not None:
            fail("the recorder ended: %r" % recorder.stderr.read())
        os.sched_yield()


def ended(recorder):
    same(recorder.communicate(timeout=PATIENCE)[1], "", "what record says")
    same(recorder.returncode, 0, "record's status")


def detach(recorder, how=signal.SIGINT):
    recorder.send_signal(how)
    ended(recorder)


def report(*options):
    """By function, of what keep holds."""
    return json.loads(subprocess.check_output([MEMTOP, "report", "--json", "--by=function",
                                               "--filter=function = keep", *options, "r.memtop"]))


def rows(document):
    return [(row["size"], row["count"]) for row in document["statistics"]]


def refused(text, pid, prefix=()):
    """By one sentence, with status 126."""
    done = subprocess.run([*prefix, MEMTOP, "record", "-o", "r.memtop", "--force",
                           "--attach=%d" % pid], stderr=subprocess.PIPE, text=True,
                          timeout=PATIENCE)
    if text not in done.stderr or done.stderr.count("\n") != 1 or done.returncode != 126:
        fail("%r: status %d, %r" % (text, done.returncode, done.stderr))


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid), encoding="utf-8") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []
