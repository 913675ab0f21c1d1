#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""numpy's arrays stand at the Python lines that made them, with the bytes that nbytes says."""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from pythons import Skip, each_python, environment, record, report

SCRIPT = os.path.join(HERE, "scripts", "arrays.py")


def with_numpy():
    for python, _ in each_python():
        if subprocess.run([python, "-c", "import numpy"], stderr=subprocess.DEVNULL,
                          env=environment()).returncode == 0:
            return python
    raise Skip("no python3 here has numpy")


def main():
    with open(SCRIPT) as source:
        marked = {line.rstrip()[-1]: n for n, line in enumerate(source, 1) if "  # " in line}
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "run.memtop")
        done = record([with_numpy(), SCRIPT], output)
        assert done.returncode == 0, done.stdout
        rows = report(output, "--filter=domain=malloc size>=1M")["statistics"]
    found = {(row["traceback"][0]["file"], row["traceback"][0]["line"]): row["size"] for row in rows}
    for name, nbytes in zip("abc", json.loads(done.stdout)):
        size = found.get((SCRIPT, marked[name]), 0)
        assert nbytes <= size <= nbytes + 4096, (name, nbytes, found)


if __name__ == "__main__":
    try:
        main()
    except Skip as skip:
        print(skip)
        sys.exit(77)
