#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python program that lives in pymalloc's memory and never calls malloc: after attaching
its objects are there, by their line; and one that waits for input is traced before it
does anything."""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "lib"), os.path.join(HERE, "../cli/lib")]
import attached                                                         # noqa: E402
from pythons import each_python, environment, report, run               # noqa: E402

SCRIPT = os.path.join(HERE, "scripts", "pymalloc.py")
BYTES = sys.getsizeof(b"")


def rows(source, mark):
    said = report("r.memtop", "--limit=0", "--filter=domain=python", "--raw")
    line = [number for number, text in enumerate(source, 1) if text.endswith("# " + mark)][0]
    return [row for row in said["statistics"] if row["traceback"][0]["file"] == SCRIPT
            and row["traceback"][0]["line"] == line], said["lost"]


def keeps(command, source):
    """It waits for input when memtop comes."""
    program = attached.Program(*command, env=environment())
    try:
        for _ in range(2):
            earlier = attached.call_of(program.pid)[0]
            recorder = attached.attach(program.pid)
            attached.answered(recorder, program.pid, earlier)
            program.ask("keep")
            attached.detach(recorder)
            found, lost = rows(source, "kept")
            if not lost and [(row["size"], row["count"]) for row in found] != \
                    [((BYTES + 100) * 1000, 1000)]:
                raise AssertionError("kept: %r" % found)
            program.ask("drop")
        program.end()
    finally:
        program.process.kill()


def turns(command, source):
    """It replaces small objects all the time, in one thread that does nothing else."""
    program = attached.Program(*command, "turn", env=environment())
    try:
        recorder = attached.attach(program.pid, "--history=0")
        attached.answered(recorder, program.pid)
        program.process.stdout.readline()       # it has begun its next round ...
        program.process.stdout.readline()       # ... and has ended that
        attached.detach(recorder)
        found, _ = rows(source, "turned")
        if not sum(row["allocations"] for row in found):
            raise AssertionError("turned: %r" % found)
    finally:
        program.process.kill()
        program.process.wait()


def main():
    with open(SCRIPT, encoding="utf-8") as text:
        source = text.read().splitlines()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for python, version in each_python():
            print("%s %d.%d" % (python, *version), flush=True)
            for front in [], [attached.MEMTOP, "standby"]:
                keeps([*front, python, SCRIPT], source)
                turns([*front, python, SCRIPT], source)
    return 0


if __name__ == "__main__":
    run(main)
