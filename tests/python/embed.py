#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that gets its interpreter by dlopen, lets it go, and gets it again: Python lines
all the same, and nothing of the first one's is taken for the second's."""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from pythons import MEMTOP, Skip, each_python, libraries, record, report, run

WORKER = os.path.join(os.path.dirname(MEMTOP), "tests", "workers", "embed")
SCRIPT = "def %s():\n  return [bytes(1000) for i in range(1000)]\nkept = %s()\n"
BYTES = 1000 * 1033


def check(library, home, folder):
    output = os.path.join(folder, "run.memtop")
    done = record([WORKER, library, SCRIPT % ("one", "one"), library, SCRIPT % ("two", "two")], output,
                  PYTHONHOME=home)
    if b"GLIBC_" in done.stdout:
        print("%s: made for another libc: not tested" % library)
        return
    assert done.returncode == 0, done.stdout
    said = report(output, "--limit=0", "--by=traceback", "--filter=file=<string>")
    total = {"one": 0, "two": 0}
    for row in said["statistics"]:
        names = {frame["function"].split(".")[0] for frame in row["traceback"]}
        for name in names & set(total):
            total[name] += row["total"]
    assert all(BYTES <= n < 1.5 * BYTES for n in total.values()), total
    assert said["lost"] == 0, said["lost"]


def main():
    found = False
    with tempfile.TemporaryDirectory() as folder:
        for library, home in libraries(each_python()):
            found = True
            try:
                check(library, home, folder)
            except AssertionError:
                print(library)
                raise
    if not found:
        raise Skip("no python3 here has a libpython")
    return 0


if __name__ == "__main__":
    run(main)
