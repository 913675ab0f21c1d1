#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that calls no allocator, as it waits for input or only computes: a tracer that is
called in it answers all the same, whether it came with the program or later, and records
what is allocated afterwards, to the byte."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import attached                                                         # noqa: E402
from attached import B, MEMTOP, attach, detach, report, rows, same      # noqa: E402

LATE = os.path.join(B, "tests/workers/late")
SPIN = "import os, sys\nprint('ready', os.getpid(), flush=True)\nwhile True: pass"


class Late(attached.Program):
    answer = "done 0\n"                 # nothing is wrong


def waits(*front):
    program = Late(*front, LATE)
    for turn in range(3):
        earlier = attached.call_of(program.pid)[0]
        recorder = attach(program.pid)
        attached.answered(recorder, program.pid, earlier)
        if turn:
            program.ask("keep")
        detach(recorder)
        document = report()
        same(document["lost"], 0, "lost events")
        same(rows(document), [(100000, 1000)] if turn else [], "what keep holds")
        if turn:
            program.ask("drop")
    program.end()


def computes(*front):
    """It makes no system call either, so a running thread is borrowed."""
    program = attached.Program(*front, sys.executable, "-S", "-c", SPIN)
    try:
        recorder = attach(program.pid)
        attached.answered(recorder, program.pid)
        detach(recorder)
    finally:
        program.process.kill()
        program.process.wait()


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        waits()
        waits(MEMTOP, "standby")
        computes()
        computes(MEMTOP, "standby")


main()
