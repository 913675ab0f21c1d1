#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each process of a tree says that it holds, against memtop's report of
that process: the same bytes and blocks, to the byte, with what it had from its
parent; and nothing is left behind."""
import json
import os
import subprocess
import sys
import tempfile

MEMTOP = os.environ.get("MEMTOP", "build/memtop")
WORKER = os.path.join(os.environ.get("B", "build"), "tests/workers/tree")
FIELDS = ("size", "count", "allocations", "total")
# A process made by clone itself gets its parent's blocks as of its own hello:
# here the parent waits, so that is the same.
MODES = {"plain": 6, "late": 4, "threads": 21, "raw": 3, "generations": 7, "signals": 201,
         "become": 5, "daemons": 2}


def said(output):
    lines = {}
    for line in output.splitlines():
        words = line.split()
        lines.setdefault(int(words[0]), []).append(
            {"parent_block": tuple(map(int, words[3:7])),
             "child_block": tuple(map(int, words[8:12]))})
    return lines


def report(path, process):
    text = subprocess.run([MEMTOP, "report", "--json", "--by=function", "--process=%s" % process,
                           path], check=True, stdout=subprocess.PIPE).stdout
    return json.loads(text)


def rows_of(answer):
    rows = {"parent_block": (0,) * 4, "child_block": (0,) * 4}
    for row in answer["statistics"]:
        name = row["traceback"][0]["function"]
        if name in rows:
            rows[name] = tuple(a + row[f] for a, f in zip(rows[name], FIELDS))
    return rows


def run(mode, count, folder):
    path = os.path.join(folder, mode + ".memtop")
    done = subprocess.run([MEMTOP, "record", "--quiet", "--force", "-o", path, WORKER, mode],
                          check=True, stdout=subprocess.PIPE, universal_newlines=True)
    wanted = said(done.stdout)
    answer = report(path, "main")
    processes = {p["pid"]: p for p in answer["processes"]}
    assert sum(map(len, wanted.values())) == count, (mode, count, done.stdout)
    sums = {"parent_block": (0,) * 4, "child_block": (0,) * 4}
    for pid, lines in wanted.items():
        assert pid in processes, (mode, pid, processes)
        answer = report(path, pid)
        rows = rows_of(answer)
        assert rows == lines[-1], (mode, pid, rows, lines[-1])
        assert answer["lost"] == 0, (mode, pid, answer["lost"])
        sums = {n: tuple(a + b for a, b in zip(sums[n], rows[n])) for n in sums}
    if set(processes) == set(wanted):
        rows = rows_of(report(path, "all"))
        assert rows == sums, (mode, rows, sums)
    return processes


def storm(folder):
    """A thousand short children in a row: each is there, and nothing else is."""
    path = os.path.join(folder, "storm.memtop")
    before = set(os.listdir("/tmp"))
    done = subprocess.run([MEMTOP, "record", "--quiet", "-o", path, "bash", "-c",
                           "for ((i = 0; i < 1000; i++)); do (x=$i$i; : $x); done"], check=True)
    assert done.returncode == 0
    answer = report(path, "main")
    assert len(answer["processes"]) == 1001, len(answer["processes"])
    main = answer["processes"][0]["pid"]
    assert all(p["ppid"] == main for p in answer["processes"][1:])
    left = [f for f in set(os.listdir("/tmp")) - before if f.startswith("memtop.%d." % main)]
    assert not left, left
    assert sorted(os.listdir(folder)) == sorted(
        [m + ".memtop" for m in MODES] + ["storm.memtop"]), os.listdir(folder)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for mode, count in MODES.items():
            run(mode, count, folder)
        storm(folder)
    print("tree: %d kinds of children, and 1000 in a row" % len(MODES))


if __name__ == "__main__":
    sys.exit(main())
