#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stacks of C and Python frames in the order of the calls; what --python asks for."""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from pythons import each_python, record, report, run

SCRIPT = os.path.join(HERE, "scripts", "sorting.py")


def line_of(mark):
    with open(SCRIPT) as source:
        return next(n for n, line in enumerate(source, 1) if line.rstrip().endswith(mark))


def check_order(row):
    """The row's frames, oldest first: sort, qsort in libc, compare, allocate, libffi."""
    frames = row["traceback"]
    python = [(i, f["function"]) for i, f in enumerate(frames) if f["lang"] == "python"]
    assert [name for _, name in python] == ["<module>", "sort", "compare", "allocate"], python
    outer, compare, inner = (i for i, _ in python[1:])
    between = {f["module"] for f in frames[outer + 1:compare]}
    assert any(name.startswith("libc.") for name in between), between
    assert any("ctypes" in name for name in between), between
    assert compare + 1 == inner, "a C frame between two Python frames of one loop"
    assert any("ctypes" in f["module"] for f in frames[inner + 1:])
    assert frames[inner]["line"] == line_of("# inner") and frames[outer]["line"] == line_of("# outer")


def check(python, version, folder):
    output = os.path.join(folder, "run.memtop")
    done = record([python, SCRIPT], output)
    assert done.returncode == 0, done.stdout
    said = report(output, "--by=traceback", "--filter=domain=malloc any.function=compare size>=1000")
    rows = [row for row in said["statistics"] if row["average"] == 1000]
    assert said["moment"]["name"] == "finalize" and rows, said["moment"]
    for row in rows:
        if version > (3, 10):
            check_order(row)
    newest = report(output, "--filter=domain=malloc size>=8000")["statistics"][0]
    assert newest["size"] >= 12000, newest

    done = record([python, SCRIPT, "7"], output, "--python=only")
    assert done.returncode == 7, done.stdout
    said = report(output, "--by=domain")
    assert said["moment"]["name"] == "exit"
    assert [row["key"] for row in said["statistics"]] == ["python"], said["statistics"]

    record([python, SCRIPT], output, "--python=off")
    said = report(output, "--by=domain")
    assert said["moment"]["name"] == "exit"
    assert [row["key"] for row in said["statistics"]] == ["malloc"], said["statistics"]


def main():
    with tempfile.TemporaryDirectory() as folder:
        for python, version in each_python():
            try:
                check(python, version, folder)
            except AssertionError:
                print(python)
                raise


if __name__ == "__main__":
    run(main)
