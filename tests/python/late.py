#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An interpreter that runs already: right after attaching its objects are there, small and
large ones, by their lines and to the byte; also when memtop comes again, when the
tracer had slept from the beginning, and when a program has it by dlopen."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "lib"), os.path.join(HERE, "../cli/lib")]
import attached                                                         # noqa: E402
from pythons import each_python, environment, libraries, report, run               # noqa: E402

SCRIPT = os.path.join(HERE, "scripts", "late.py")
BYTES = sys.getsizeof(b"")
WORKER = os.path.join(attached.B, "tests/workers/embed")
RUN = "exec(compile(open(%r).read(), %r, 'exec'))" % (SCRIPT, SCRIPT)


def attach(program):
    before = attached.call_of(program.pid)[0]
    recorder = attached.attach(program.pid)
    while True:
        wanted, answered = attached.call_of(program.pid)
        if wanted not in (0, before) and wanted == answered:
            return recorder
        if recorder.poll() is not None:
            raise AssertionError(recorder.stderr.read())
        os.sched_yield()


def kept(source):
    """{mark: (bytes, blocks)} of the lines that have one, and what else the report says."""
    said = report("r.memtop", "--limit=0", "--filter=domain=python", "--raw")
    rows = {}
    for row in said["statistics"]:
        place = row["traceback"][0]
        if place["file"] == SCRIPT and "  # " in source[place["line"] - 1]:
            rows[source[place["line"] - 1].split("  # ")[1]] = row["size"], row["count"]
    return rows, said


def exact(source, blocks):
    """False: on a machine that stood still events were lost, which is said."""
    rows, said = kept(source)
    want = {"small": ((BYTES + 100) * blocks, blocks), "large": ((BYTES + 1000) * blocks, blocks)}
    if said["lost"]:
        return False
    if rows != want:
        raise AssertionError("%r, not %r" % (rows, want))
    if not blocks and said["before_attach"]["frees"] < 1000:
        raise AssertionError("frees of older blocks: %r" % said["before_attach"])
    return True


def embedded(python, version):
    """A program that has its interpreter by dlopen, past everybody's sight (RTLD_LOCAL), and
    that one's home; None: it has no library."""
    for library, home in libraries([(python, version)]):
        done = subprocess.run([WORKER, library, "pass"], env={**environment(), "PYTHONHOME": home},
                              stderr=subprocess.DEVNULL)
        if done.returncode == 0:        # else it is made for another libc
            return [WORKER, library, RUN], home
    return None, None


def check(command, source, *front, **more):
    program = attached.Program(*front, *command, env={**environment(), **more})
    try:
        right = 0
        for _ in range(2):
            recorder = attach(program)
            program.ask("keep")
            attached.detach(recorder)
            right += exact(source, 1000)
            program.ask("drop")
        recorder = attach(program)
        program.ask("keep")
        program.ask("drop")
        program.ask("old")
        attached.detach(recorder)
        right += exact(source, 0)
        if not right:
            raise AssertionError("events were lost each time")
        program.end()
    finally:
        program.process.kill()


def main():
    with open(SCRIPT, encoding="utf-8") as text:
        source = text.read().splitlines()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for python, version in each_python():
            print("%s %d.%d" % (python, *version), flush=True)
            check([python, SCRIPT], source)
            check([python, SCRIPT], source, attached.MEMTOP, "standby")
            command, home = embedded(python, version)
            if command:
                print("  embedded", flush=True)
                check(command, source, PYTHONHOME=home)
                check(command, source, attached.MEMTOP, "standby", PYTHONHOME=home)
    return 0


if __name__ == "__main__":
    run(main)
