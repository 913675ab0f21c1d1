#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that CPython keeps to use again, to 3.12: what PYTHON.md says of them.  The line that
dropped them shows them, up to 4.5 MB of tuples; a gc.collect() ends them, and then all
lines are as tracemalloc has them.  From 3.13 on they are so without."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from pythons import each_python, memtop_lines, run, tracemalloc_lines

SCRIPT = os.path.join(HERE, "scripts", "again.py")


def own(lines, source):
    held, dropped = {}, 0
    for (file, line), (size, count) in lines.items():
        if file == SCRIPT and line < len(source):
            if source[line - 1].endswith("# dropped"):
                dropped += size
            elif size >= 8192:
                held[line] = size
    return held, dropped


def near(ours, theirs):
    """But for the list or tuple that the comparison itself leaves in its hand."""
    return set(ours) == set(theirs) and all(abs(ours[at] - theirs[at]) <= 1024 for at in theirs)


def main():
    good = True
    with open(SCRIPT) as text:
        source = text.read().splitlines()
    for python, version in each_python():
        expected, _ = own(tracemalloc_lines(python, SCRIPT), source)
        collected, left = own(memtop_lines(python, SCRIPT, COLLECT="1"), source)
        held, dropped = own(memtop_lines(python, SCRIPT), source)
        moved = sum(expected[at] - held.get(at, 0) for at in expected)
        print("%s: %d bytes at the lines that dropped them, %d missing at those that hold" %
              (python, dropped, moved))
        right = near(collected, expected) and left == 0 and len(expected) == 4
        if version >= (3, 13):
            right = right and near(held, expected) and dropped == 0
        else:
            right = right and abs(moved - dropped) < 4096 and 4000000 < dropped < 4700000
        if not right:
            print("tracemalloc: %s\ncollected: %s, and %d at dropped\nelse: %s" %
                  (expected, collected, left, held))
        good = good and right
    return 0 if good else 1


if __name__ == "__main__":
    run(main)
