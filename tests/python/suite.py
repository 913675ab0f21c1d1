#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPython's own tests under memtop record: the same passes, failures and skips as without.

	SUITE="test_threading test_asyncio test_subprocess" tests/python/suite.py"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from pythons import MEMTOP, Skip, each_python, environment, has_module, run

SUITE = os.environ.get("SUITE", "test_json test_gc test_tracemalloc").split()


def with_tests():
    for python, _ in each_python():
        if has_module(python, "test.test_json"):
            return python
    raise Skip("no python3 here has its own tests (libpython3.11-testsuite)")


def outcome(command, folder):
    """Exit status, how many ran and were skipped, and what failed."""
    done = subprocess.run(command, env=environment(), cwd=folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = done.stdout.decode(errors="replace")
    ran = re.findall(r"^Ran (\d+) tests?", said, re.M)
    skipped = re.findall(r"\(skipped=(\d+)", said)
    failed = sorted(set(re.findall(r"^(?:FAIL|ERROR): .*", said, re.M)))
    return (done.returncode, ran, skipped, failed), said


def main():
    python, good = with_tests(), True
    with tempfile.TemporaryDirectory() as folder:
        for name in SUITE:
            tests = [python, "-m", "test", "-v", name]
            bare, _ = outcome(tests, folder)
            output = os.path.join(folder, name + ".memtop")
            traced, said = outcome([MEMTOP, "record", "--quiet", "-o", output, "--"] + tests, folder)
            print("%s: %s without memtop, %s with it" % (name, bare, traced))
            if traced != bare or not bare[1]:
                good = False
                print(said[-3000:])
    return 0 if good else 1


if __name__ == "__main__":
    run(main)
