#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program says that it allocated, against memtop's report: the same
bytes, blocks, totals and temporaries for each line and each call path, and on
one thread the same peak; again and again."""
import json
import os
import subprocess
import sys
import tempfile

MEMTOP = os.environ.get("MEMTOP", "build/memtop")
WORKER = os.path.join(os.environ.get("B", "build"), "tests/workers/exact")
SOURCE = os.path.abspath("tests/preload/workers/exact.c")
ROUNDS = int(os.environ.get("ROUNDS", "5"))
FIELDS = ("size", "count", "allocations", "total", "temporary")


def labels():
    found = {}
    with open(SOURCE, encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            if "/* @" in line:
                found[line.split("/* @")[1].split()[0]] = number
    return found


def expected(output):
    wanted = {"line": {}, "path": {}, "peak": None}
    for line in output.splitlines():
        words = line.split()
        if words[0] == "peak":
            wanted["peak"] = int(words[1])
        else:
            figures = dict(word.split("=") for word in words[2:])
            wanted[words[0]][words[1]] = tuple(int(figures[f]) for f in FIELDS)
    return wanted


def report(path, by):
    text = subprocess.run([MEMTOP, "report", "--json", "--by=" + by, path], check=True,
                          stdout=subprocess.PIPE).stdout
    return json.loads(text)


def lines_of(answer, numbers):
    rows = {}
    for row in answer["statistics"]:
        frame = row["traceback"][0]
        for label, number in numbers.items():
            if frame["file"] == SOURCE and frame["line"] == number:
                rows[label] = tuple(row[f] for f in FIELDS)
    return rows


def paths_of(answer):
    sums = {}
    for row in answer["statistics"]:
        names = [f["function"] for f in row["traceback"] if f["function"]]
        for name in names:
            if name.startswith("path_"):
                old = sums.get(name, (0,) * len(FIELDS))
                sums[name] = tuple(a + row[f] for a, f in zip(old, FIELDS))
    return sums


def run(mode, folder, numbers):
    path = os.path.join(folder, mode + ".memtop")
    done = subprocess.run([MEMTOP, "record", "--quiet", "--force", "-o", path, WORKER, mode],
                          check=True, stdout=subprocess.PIPE, universal_newlines=True)
    wanted = expected(done.stdout)
    by_line = report(path, "lineno")
    assert by_line["lost"] == 0, by_line["lost"]
    assert lines_of(by_line, numbers) == wanted["line"], (lines_of(by_line, numbers), wanted)
    paths = paths_of(report(path, "traceback"))
    assert paths == wanted["path"], (paths, wanted["path"])
    if wanted["peak"] is not None:
        # What was there before main stays: the loader's and the library's own.
        others = by_line["traced"]["current"] - sum(w[0] for w in wanted["line"].values())
        peak = by_line["traced"]["peak"]
        assert peak == wanted["peak"] + others, (peak, wanted["peak"], others)
    return json.dumps([by_line["traced"], sorted(paths.items())])


def main():
    numbers = labels()
    with tempfile.TemporaryDirectory() as folder:
        for mode in ("one", "many"):
            answers = {run(mode, folder, numbers) for _ in range(ROUNDS)}
            if mode == "one":
                assert len(answers) == 1, answers
    print("exact: %d rounds of one and of eight threads" % ROUNDS)


if __name__ == "__main__":
    sys.exit(main())
