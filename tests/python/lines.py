#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each line's bytes and blocks as memtop and as tracemalloc tell them, in two runs."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from pythons import Skip, each_python, memtop_lines, tracemalloc_lines

HERE = os.path.dirname(os.path.abspath(__file__))
BIG = 8192
# To 3.12 CPython tells nobody but tracemalloc that it reuses a freed object, so
# its block keeps the line that had it first.  3.13 does tell.  What was there before
# tracemalloc began is reused too, and then it is memtop alone that knows it.
LOOSE = 0.02
RECYCLED = 24 * 1024
OLDER = (2 * 56, 2)


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


def compare(version, script, ours, theirs):
    wrong, spared = [], recycling(script)
    for at in sorted(set(ours) | set(theirs)):
        a, b = ours.get(at, (0, 0)), theirs.get(at, (0, 0))
        if version >= (3, 13):
            good = all(0 <= a[i] - b[i] <= OLDER[i] for i in (0, 1))
        else:
            room = RECYCLED if at in spared else LOOSE * max(a[0], b[0])
            good = max(a[0], b[0]) < BIG or abs(a[0] - b[0]) <= room
        if not good:
            wrong.append("%s:%d: memtop %d B in %d, tracemalloc %d B in %d" % (at + a + b))
    if first_ten(ours) != first_ten(theirs):
        wrong.append("the first ten differ:\n  %s\n  %s" % (first_ten(ours), first_ten(theirs)))
    for line in wrong:
        print("python %d.%d, %s: %s" % (version + (os.path.basename(script), line)))
    return not wrong and len(theirs) > 0


def main():
    good, names = True, sys.argv[1:] or ["guide.py", "larger.py"]
    for python, version in each_python():
        for name in names:
            script = os.path.join(HERE, "scripts", name)
            theirs = own(tracemalloc_lines(python, script), script)
            ours = own(memtop_lines(python, script), script)
            good = compare(version, script, ours, theirs) and good
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Skip as skip:
        print(skip)
        sys.exit(77)
