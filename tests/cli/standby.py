#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tracer that sleeps: it is woken, says what was allocated since, to the byte, and
sleeps again, under threads that allocate all the time; nothing is left of memtop then.

    tests/cli/standby.py                    12 times: the test
    WAKES=1000 tests/cli/standby.py         as often"""
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import attached                                                         # noqa: E402
from attached import (B, MEMTOP, PATIENCE, attach, children, detach,    # noqa: E402
                      fail, gate_leads, refused, report, rows, same)

WORKER = os.path.join(B, "tests/workers/standby")
LOCKED = os.path.join(B, "tests/workers/locked")
WAKES = int(os.environ.get("WAKES", "12"))


class Program(attached.Program):
    def __init__(self, *arguments, command=(MEMTOP, "standby"), worker=WORKER, env=None):
        super().__init__(*command, worker, *arguments, env=env)
        same(self.pid, self.process.pid, "standby keeps the process")


def called(page):
    """The call is made: then Ctrl-C detaches."""
    while True:
        with open(page, "rb") as file:
            if any(file.read()[64:68]):
                return
        os.sched_yield()


def kept(document, blocks=1000):
    """False: on a machine that stood still events were lost, which is said, and counted."""
    if document["lost"]:
        return False
    same(rows(document), [(100 * blocks, blocks)] if blocks else [], "what keep holds")
    same(document["unknown_frees"], 0, "unknown frees")
    return True


def again_and_again():
    program = Program("8", "births")
    left = None
    exact = 0
    for turn in range(WAKES):
        recorder = attach(program.pid)
        program.ask("keep")
        detach(recorder, signal.SIGTERM if turn % 2 else signal.SIGINT)
        program.ask("wait")
        program.ask("drop")
        document = report()
        exact += kept(document)
        # What the threads held when memtop came.
        if document["before_attach"]["frees"] > 20:
            fail("frees of before: %r" % document["before_attach"])
        if document["before_attach"]["bytes"] < 77000:
            fail("bytes of before: %r" % document["before_attach"])
        # Where a thread stood still inside a hook, the segment goes a little later.
        while any("memfd:memtop" in line for line in program.maps()):
            program.ask("drop")
        if turn == 1:
            left = len(program.maps()), program.descriptors()
    print("%d of %d wakes without a loss" % (exact, WAKES))
    if not exact:
        fail("events were lost each time")
    # A thread may be about to begin or to end: its stack is a mapping or two.
    mappings, descriptors = len(program.maps()), program.descriptors()
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
    if "before attach: " not in text or "1000 blocks of these freed since" not in text:
        fail("the report says nothing of before: " + text)
    # Nothing is allocated meanwhile: it says hello all the same.
    recorder = attach(program.pid)
    called(page[0])
    refused("another memtop is attached", program.pid)
    attached.answered(recorder, program.pid)
    detach(recorder)
    program.end()
    same(os.path.exists(page[0]), False, "the page after the end")


def leads(program):
    program.tell("way")
    return program.line().strip()


def ways():
    """While it sleeps, jumps to free go past it, in a program that is bound late or at once, and
    so does what comes to the hooks."""
    for bound in "", "1":
        program = Program("1", env={**os.environ, "LD_BIND_NOW": bound})
        if leads(program) == "an entry of its own":
            print("ways: not with this linker")
            program.end()
            return
        same(leads(program), "libc.so.6", "where free leads, asleep")
        same(gate_leads(program.pid), "libc.so.6", "where malloc's hook leads, asleep")
        recorder = attach(program.pid)
        program.ask("keep")
        same(leads(program), "libmemtop.so", "where free leads, awake")
        same(gate_leads(program.pid), "libmemtop.so", "where malloc's hook leads, awake")
        program.ask("drop")
        detach(recorder)
        document = report()
        same((rows(document), document["unknown_frees"]), ([(0, 0)], 0), "what was freed")
        while leads(program) != "libc.so.6":    # its thread puts the tracer to sleep
            os.sched_yield()
        while gate_leads(program.pid) != "libc.so.6":
            os.sched_yield()
        program.end()


def killed():
    """memtop dies: the tracer sleeps, and can be called again."""
    program = Program("2")
    for _ in range(3):
        recorder = attach(program.pid)
        program.ask("keep")
        os.kill(children(recorder.pid)[0], signal.SIGKILL)
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


def locked():
    """A program that has locked its memory, so that the kernel takes none of it back: what a
    tracer knew of earlier stacks does not stand in the way of new ones."""
    program = Program(worker=LOCKED)
    for _ in range(8):
        recorder = attach(program.pid)
        program.ask("keep")
        detach(recorder)
        program.ask("drop")
        document = report("--by=traceback")
        same((document["truncated"], len(rows(document))), (0, 800), "stacks of locked memory")
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
    attached.ended(recorder)
    document = report("--process=main")
    kept(document)
    same(document["end"]["how"], "unknown", "how it ended")
    same(document["program"]["argv"], [WORKER, "1"], "the program")


def refusals():
    refused("there is no such process", 2147483647)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["XDG_CACHE_HOME"] = folder
        refusals()
        older_blocks()
        ways()
        by_environment()
        locked()
        family()
        killed()
        again_and_again()


main()
