#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""numpy's arrays and pandas' tables stand at the Python lines that made them, with the bytes
that they say themselves; what a Python line in numpy or pandas made, on the stack of the
user's."""
import json
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from pythons import Skip, each_python, has_module, record, report, run


def python_with(module):
    for python, _ in each_python():
        if has_module(python, module):
            return python
    return None


def check(python, script, options):
    with open(script) as source:
        marked = {line.rstrip()[-1]: n for n, line in enumerate(source, 1) if "  # " in line}
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "run.memtop")
        done = record([python, script], output)
        assert done.returncode == 0, done.stdout
        rows = report(output, "--filter=domain=malloc size>=1M", *options)["statistics"]
    found = {(row["traceback"][0]["file"], row["traceback"][0]["line"]): row["size"] for row in rows}
    for name, nbytes in zip("abc", json.loads(done.stdout)):
        size = found.get((script, marked[name]), 0)
        assert nbytes <= size <= nbytes + 64 * 1024, (name, nbytes, found)


def main():
    missing = []
    for module, name, options in (("numpy", "arrays.py", ()), ("pandas", "frames.py", ("--cumulative",))):
        python = python_with(module)
        if python:
            check(python, os.path.join(HERE, "scripts", name), options)
        else:
            missing.append(module)
    if missing:
        raise Skip("no python3 here has " + " or ".join(missing))


if __name__ == "__main__":
    run(main)
