#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same lines whatever allocators Python is told to use, and under its own tracemalloc,
whose records of 16 bytes a block stand at the lines that it traces."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from pythons import each_python, memtop_lines, run

SCRIPT = os.path.join(HERE, "scripts", "few.py")
RECORD = 16
SETTINGS = [{"PYTHONMALLOC": "malloc"}, {"PYTHONMALLOC": "debug"}, {"PYTHONDEVMODE": "1"},
            {"PYTHONTRACEMALLOC": "10"}, {"PYTHONTRACEMALLOC": "1", "PYTHONMALLOC": "debug"}]


def big(lines):
    return {at: n for at, n in lines.items() if at[0] == SCRIPT and n[0] >= 8192}


def agree(plain, lines, at, records):
    size, count = lines.get(at, (0, 0))
    room = plain[at][0] / 50
    return -room <= size - plain[at][0] <= room + records * RECORD * count


def main():
    good = True
    for python, _ in each_python():
        plain = big(memtop_lines(python, SCRIPT, "--python=only"))
        for more in SETTINGS:
            lines = memtop_lines(python, SCRIPT, "--python=only", **more)
            wrong = [at for at in plain
                     if not agree(plain, lines, at, "PYTHONTRACEMALLOC" in more)]
            for at in wrong:
                print("%s %s: line %d: %s, else %s" % (python, more, at[1], lines.get(at), plain[at]))
            good = good and not wrong and len(plain) >= 4
    return 0 if good else 1


if __name__ == "__main__":
    run(main)
