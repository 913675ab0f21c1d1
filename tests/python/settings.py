#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same lines whatever allocators Python is told to use."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from pythons import Skip, each_python, memtop_lines

SCRIPT = os.path.join(HERE, "scripts", "guide.py")
SETTINGS = [{"PYTHONMALLOC": "malloc"}, {"PYTHONMALLOC": "debug"}, {"PYTHONDEVMODE": "1"}]


def big(lines):
    return {at: n for at, n in lines.items() if at[0] == SCRIPT and n[0] >= 8192}


def main():
    good = True
    for python, _ in each_python():
        plain = big(memtop_lines(python, SCRIPT))
        for more in SETTINGS:
            lines = big(memtop_lines(python, SCRIPT, **more))
            wrong = [at for at in plain
                     if abs(lines.get(at, (0, 0))[0] - plain[at][0]) > plain[at][0] / 50]
            for at in wrong:
                print("%s %s: line %d: %s, else %s" % (python, more, at[1], lines.get(at), plain[at]))
            good = good and not wrong and len(plain) > 4
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Skip as skip:
        print(skip)
        sys.exit(77)
