#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tracer that sleeps: it is woken, says what was allocated since, to the byte, and
sleeps again, under threads that allocate all the time; nothing is left of memtop then.

    tests/cli/standby.py                    12 times: the test
    WAKES=1000 tests/cli/standby.py         as often"""
import json
import os
import signal
import subprocess
import sys
import tempfile

MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
B = os.path.abspath(os.environ.get("B", "build"))
WORKER = os.path.join(B, "tests/workers/standby")
WAKES = int(os.environ.get("WAKES", "12"))
PATIENCE = 60


def fail(what):
    print("FAIL:", what)
    sys.exit(1)


def same(got, want, what):
    if got != want:
        fail("%s: %r, not %r" % (what, got, want))


class Program:
    def __init__(self, *arguments, command=(MEMTOP, "standby"), env=None):
        self.process = subprocess.Popen([*command, WORKER, *arguments], text=True, env=env,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pid = int(self.line().split()[1])
        same(self.pid, self.process.pid, "standby keeps the process")

    def line(self):
        return self.process.stdout.readline()

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def ask(self, word):
        self.tell(word)
        same(self.line(), "done\n", word)

    def end(self):
        self.tell("quit")
        same(self.process.wait(PATIENCE), 0, "the program's status")

    def mappings(self):
        with open("/proc/%d/maps" % self.pid, encoding="utf-8") as file:
            return len(file.readlines())

    def pages(self):
        with open("/proc/%d/maps" % self.pid, encoding="utf-8") as file:
            return [line.split()[-1] for line in file if "/memtop-standby." in line]

    def descriptors(self):
        return sorted(os.listdir("/proc/%d/fd" % self.pid))


def attach(pid, *options):
    return subprocess.Popen([MEMTOP, "record", "--quiet", "--force", "-o", "r.memtop",
                             "--attach=%d" % pid, *options], stderr=subprocess.PIPE, text=True)


def called(page):
    """The call is made: then Ctrl-C detaches."""
    while True:
        with open(page, "rb") as file:
            if any(file.read()[64:68]):
                return
        os.sched_yield()


def detach(recorder, how=signal.SIGINT):
    recorder.send_signal(how)
    same(recorder.communicate(timeout=PATIENCE)[1], "", "what record says")
    same(recorder.returncode, 0, "record's status")


def report(*options):
    return json.loads(subprocess.check_output([MEMTOP, "report", "--json", "--by=function",
                                               "--filter=function = keep", *options, "r.memtop"]))


def kept(document, blocks=1000):
    same([(row["size"], row["count"]) for row in document["statistics"]],
         [(100 * blocks, blocks)] if blocks else [], "what keep holds")
    same((document["lost"], document["unknown_frees"]), (0, 0), "lost, unknown frees")


def refused(text, *arguments):
    done = subprocess.run([MEMTOP, "record", *arguments], stderr=subprocess.PIPE, text=True,
                          timeout=PATIENCE)
    if text not in done.stderr or done.stderr.count("\n") != 1 or done.returncode != 126:
        fail("%r: status %d, %r" % (arguments, done.returncode, done.stderr))


def again_and_again():
    program = Program("8", "births")
    left = None
    for turn in range(WAKES):
        recorder = attach(program.pid)
        program.ask("keep")
        detach(recorder, signal.SIGTERM if turn % 2 else signal.SIGINT)
        program.ask("wait")
        program.ask("drop")
        document = report()
        kept(document)
        # What the threads held when memtop came.
        if document["before_attach"]["frees"] > 20:
            fail("frees of before: %r" % document["before_attach"])
        if document["before_attach"]["bytes"] < 77000:
            fail("bytes of before: %r" % document["before_attach"])
        if turn == 1:
            left = program.mappings(), program.descriptors()
    # A thread may be about to begin or to end: its stack is a mapping or two.
    mappings, descriptors = program.mappings(), program.descriptors()
    same(descriptors, left[1], "open descriptors")
    if mappings > left[0] + 8:
        fail("%d mappings after %d wakes, %d after two" % (mappings, WAKES, left[0]))
    program.end()


def older_blocks():
    program = Program("0")
    page = program.pages()
    same(len(page), 1, "pages")
    same(os.stat(page[0]).st_mode & 0o777, 0o600, "the page's mode")
    same(os.stat(os.path.dirname(page[0])).st_mode & 0o77 & 0o22, 0, "its folder's mode")
    recorder = attach(program.pid)
    program.ask("keep")
    program.ask("old")
    detach(recorder)
    document = report()
    kept(document)
    same(document["before_attach"]["frees"], 1000, "older blocks freed")
    same(document["unknown_free_modules"], [], "unknown frees")
    text = subprocess.check_output([MEMTOP, "report", "r.memtop"], text=True)
    if "before attach: " not in text or "1000 blocks of that time freed since" not in text:
        fail("the report says nothing of before: " + text)
    # Nothing was allocated or freed meanwhile: nobody says hello, and that is said.
    recorder = attach(program.pid)
    called(page[0])
    refused("another memtop is attached", "--attach=%d" % program.pid)
    recorder.send_signal(signal.SIGINT)
    said = recorder.communicate(timeout=PATIENCE)[1]
    if "nothing was traced: it neither allocated nor freed" not in said:
        fail("an idle program: %r" % said)
    program.end()
    same(os.path.exists(page[0]), False, "the page after the end")


def killed():
    """memtop dies: the tracer sleeps, and can be called again."""
    program = Program("2")
    for _ in range(3):
        recorder = attach(program.pid)
        program.ask("keep")
        with open("/proc/%d/task/%d/children" % (recorder.pid, recorder.pid),
                  encoding="utf-8") as children:
            os.kill(int(children.read().split()[0]), signal.SIGKILL)
        recorder.communicate(timeout=PATIENCE)
        program.ask("drop")
        recorder = attach(program.pid)
        program.ask("wait")             # of the one that was killed
        program.ask("keep")
        detach(recorder)
        kept(report())
        program.ask("wait")
        program.ask("drop")
    program.end()


def family():
    """A forked child sleeps as its parent does, and is called by itself."""
    program = Program("0")
    program.tell("fork")
    child = int(program.line().split()[1])
    recorder = attach(child)
    program.ask("keep")                 # the child reads what its parent would
    detach(recorder)
    kept(report())
    program.ask("wait")
    program.tell("quit")
    same(program.line(), "done\n", "the child's end")
    # Of a parent that is awake a child is followed.
    recorder = attach(program.pid)
    program.ask("keep")
    program.tell("fork")
    program.line()
    program.ask("drop")
    program.ask("keep")
    program.tell("quit")
    same(program.line(), "done\n", "the child's end")
    detach(recorder)
    kept(report())
    document = report("--process=all")
    same([row["allocations"] for row in document["statistics"]], [3000], "with its child")
    program.end()


def by_environment():
    env = {**os.environ, "MEMTOP_STANDBY": "1", "LD_PRELOAD": os.path.join(B, "libmemtop.so")}
    program = Program("1", command=(), env=env)
    recorder = attach(program.pid)
    program.ask("keep")
    program.end()                       # it ends while it is traced
    same(recorder.communicate(timeout=PATIENCE)[1], "", "what record says")
    same(recorder.returncode, 0, "record's status")
    document = report("--process=main")
    kept(document)
    same(document["end"]["how"], "unknown", "how it ended")
    same(document["program"]["argv"], [WORKER, "1"], "the program")


def refusals():
    refused("there is no such process", "--attach=2147483647")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["XDG_CACHE_HOME"] = folder
        refusals()
        older_blocks()
        by_environment()
        family()
        killed()
        again_and_again()


main()
