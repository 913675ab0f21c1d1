#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""As many objects of each type as the garbage collector knows are found by a look at the whole
program: the twenty programs of types.py, with 3.8, 3.11 and 3.13.  The collector is asked within
the program, after a last collection, and then looked at from outside.

    PROGRAMS=20 tests/python/collector.py       all of them; else four"""
import importlib.util
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from pythons import MEMTOP, Skip, each_python, environment, report, run

spec = importlib.util.spec_from_file_location("typed_programs", os.path.join(HERE, "types.py"))
typed_programs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(typed_programs)

# All is there before the collector is asked, and nothing that it knows is made afterwards.
ASKER = r'''
import gc, os, sys
space = {"__name__": "program"}
exec(sys.argv[1], space)
def name_of(kind):
    module = kind.__module__
    return ("" if module == "builtins" else str(module) + ".") + kind.__name__
def ask():
    counts = {}
    for thing in gc.get_objects():
        kind = type(thing)
        counts[kind] = counts.get(kind, 0) + 1
    # As a text that the collector does not know; types of one name are one.
    return "\n".join("%d %s" % (count, name_of(kind)) for kind, count in counts.items()) + "\nend\n"
gc.collect()
gc.collect()
gc.disable()
ask()
text = ask().encode()
os.write(1, text)
os.read(0, 1)
'''
# Of the first two the collector drops those that can be no part of a cycle.  A frame it knows only
# when its function has ended and somebody still has it.  To 3.10 each call has a frame object, so a
# look finds one more for each function that runs (here the module's code); from 3.11 on only a call
# whose frame was asked for has one.  Frames that are kept for the next call have a count of 0.
DROPPED = ("tuple", "dict", "frame")


def asked(traced):
    counts = {}
    for line in iter(traced.stdout.readline, "end\n"):
        if not line:
            raise AssertionError("the program ended early")
        count, name = line.rstrip("\n").split(" ", 1)
        counts[name] = counts.get(name, 0) + int(count)
    return counts


def counts_of(python, program):
    """{type: how many} as the collector says, and as the look does."""
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "run.memtop")
        traced = subprocess.Popen([MEMTOP, "record", "--quiet", "--force", "-o", output, "--", python,
                                   "-S", "-c", ASKER, program], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True, env=environment())
        try:
            told = asked(traced)
            looked = subprocess.run([MEMTOP, "ctl", str(traced.pid), "heap", "look"], text=True,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        finally:
            traced.stdin.close()
            traced.stdout.close()
            traced.wait()
        if looked.returncode:
            if "kernel does not let" in looked.stderr:
                raise Skip(looked.stderr.strip())
            raise AssertionError(looked.stderr)
        rows = report(output + "@look", "--by=type", "--limit=0")["statistics"]
    return told, {row["key"]: row["count"] for row in rows}


def differ(told, found):
    return [(name, count, found.get(name, 0)) for name, count in sorted(told.items())
            if (found.get(name, 0) < count if name in DROPPED else found.get(name, 0) != count)]


def main():
    wanted = int(os.environ.get("PROGRAMS", "4"))
    programs = typed_programs.PROGRAMS
    good = True
    for version, python in {version: python for python, version in each_python()}.items():
        if version not in typed_programs.ALL:
            continue
        types = 0
        for program in programs[::max(1, len(programs) // wanted)][:wanted]:
            told, found = counts_of(python, program)
            types += len(told)
            for name, count, instead in differ(told, found):
                good = False
                print("%s: %d %s, and by a look %d: %s" % (python, count, name, instead,
                                                           program.splitlines()[0]))
        print("%s: %d programs, %d types" % (python, wanted, types))
    return 0 if good else 1


if __name__ == "__main__":
    run(main)
