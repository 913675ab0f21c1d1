#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pytest session that grows with each test: the fixture's line that leaks is the first row
of the diff of two snapshots."""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from pythons import MEMTOP, Skip, each_python, has_module, record, run

CONFTEST = '''import ctypes
import pytest

kept = []


@pytest.fixture
def client():
    kept.append([bytes(2000) for _ in range(10)])  # leaks
    yield kept[-1]


def pytest_runtest_teardown(item):
    name = {20: b"warm", 80: b"later"}.get(len(kept))
    if name:
        ctypes.CDLL(None).memtop_abi_1(2, name, ctypes.c_uint64(len(name)), None)
'''
TESTS = '''import json
import pytest


@pytest.mark.parametrize("n", range(100))
def test_one(client, n):
    rows = [{"id": i, "text": "x" * 20} for i in range(100)]
    assert json.loads(json.dumps(rows))[5]["id"] == 5
'''


def with_pytest():
    for python, _ in each_python():
        if has_module(python, "pytest"):
            return python
    raise Skip("no python3 here has pytest")


def main():
    python = with_pytest()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("conftest.py", CONFTEST), ("test_leak.py", TESTS)):
            with open(os.path.join(folder, name), "w") as out:
                out.write(text)
        output = os.path.join(folder, "run.memtop")
        done = record([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder], output,
                      PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
        assert done.returncode == 0 and b"100 passed" in done.stdout, done.stdout
        said = json.loads(subprocess.run([MEMTOP, "diff", "--json", "--limit=3", output + "@warm",
                                          output + "@later"], check=True,
                                         stdout=subprocess.PIPE).stdout)
    first = said["statistics"][0]
    frame = first["traceback"][0]
    line = next(n for n, text in enumerate(CONFTEST.splitlines(), 1) if text.endswith("# leaks"))
    assert (os.path.basename(frame["file"]), frame["line"]) == ("conftest.py", line), first
    # To 3.11 a comprehension is a function of its own, which shares the line.
    assert set(frame["function"].split(", ")) <= {"client", "client.<locals>.<listcomp>",
                                                  "<listcomp>"}, first
    # 60 tests, each with ten blocks of 2,033 bytes, and the lists that hold them.
    assert 60 * 10 <= first["count_diff"] <= 60 * 13, first
    assert 60 * 10 * 2033 <= first["size_diff"] <= 60 * 10 * 2033 + 60 * 400, first


if __name__ == "__main__":
    run(main)
