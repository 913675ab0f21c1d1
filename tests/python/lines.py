#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each line's bytes and blocks as memtop and as tracemalloc tell them, in two runs that are
traced from the same statement to the same statement; what --python=only says, word for word."""
import os
import subprocess
import sys
import tempfile
import tracemalloc

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from pythons import MEMTOP, each_python, has_module, memtop_lines, record, tracemalloc_lines, run

BIG = 8192
# To 3.12 CPython tells nobody but tracemalloc that it uses a freed object again, so its
# block keeps the line that had it first.  From 3.13 on it does: there all lines are equal.
LOOSE = 0.02
RECYCLED = 12 * 1024


def own(lines, script):
    """The lines of the script and of what it executes."""
    with open(script) as source:
        end = len(source.read().splitlines())
    mine = (script, "<string>", "<kept>")
    return {at: n for at, n in lines.items() if at[0] in mine and at != (script, end)}


def recycling(script):
    with open(script) as source:
        return {(script, n) for n, line in enumerate(source, 1) if "# recycles" in line}


def first_ten(lines):
    big = [at for at in lines if lines[at][0] >= BIG]
    return sorted(big, key=lambda at: lines[at], reverse=True)[:10]


def agree(version, a, b, room):
    if version >= (3, 13):
        return a == b
    return max(a[0], b[0]) < BIG or abs(a[0] - b[0]) <= room + LOOSE * max(a[0], b[0])


def compare(version, script, ours, theirs):
    wrong, spared = [], recycling(script)
    for at in sorted(set(ours) | set(theirs)):
        a, b = ours.get(at, (0, 0)), theirs.get(at, (0, 0))
        if not agree(version, a, b, RECYCLED if at in spared else 0):
            wrong.append("%s:%d: memtop %d B in %d, tracemalloc %d B in %d" % (at + a + b))
    if first_ten(ours) != first_ten(theirs):
        wrong.append("the first ten differ:\n  %s\n  %s" % (first_ten(ours), first_ten(theirs)))
    for line in wrong:
        print("python %d.%d, %s: %s" % (version + (os.path.basename(script), line)))
    return not wrong and len(theirs) > 0


def as_statistic(at, size, count):
    return str(tracemalloc.Statistic(tracemalloc.Traceback((at,)), size, count))


def check_only(python, script, theirs):
    """`record --python=only`, then `report`: what tracemalloc would have printed."""
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "run.memtop")
        done = record([python, script], output, "--python=only")
        assert done.returncode == 0, done.stdout
        said = subprocess.run([MEMTOP, "report", "--by=lineno", "--format=tracemalloc", output + "@end"],
                              check=True, stdout=subprocess.PIPE).stdout.decode()
    expected = [as_statistic(at, *theirs[at])
                for at in sorted(theirs, key=lambda at: (theirs[at], at), reverse=True)]
    at_end = as_statistic((script, len(open(script).readlines())), 0, 0).split(" ")[0]
    ours = [line for line in said.splitlines()
            if line.startswith((script, "<string>", "<kept>")) and line.split(" ")[0] != at_end]
    for one, other in zip(ours, expected):
        if one != other:
            print("--python=only: %s\n   tracemalloc: %s" % (one, other))
    return ours == expected


def main():
    good, names = True, sys.argv[1:] or ["guide.py", "larger.py", "greenlets.py"]
    for python, version in each_python():
        for name in names:
            if name == "greenlets.py" and not has_module(python, "gevent"):
                continue
            script = os.path.join(HERE, "scripts", name)
            theirs = own(tracemalloc_lines(python, script), script)
            ours = own(memtop_lines(python, script), script)
            good = compare(version, script, ours, theirs) and good
            if version >= (3, 13):
                good = check_only(python, script, theirs) and good
    return 0 if good else 1


if __name__ == "__main__":
    run(main)
