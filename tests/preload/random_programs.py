#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random programs against their own books (workers/chance.c): on one thread and on eight,
with forks, reallocations and blocks that other threads free.  Each process's figures of each
line are the same, to the byte; so are its peak, and every line's figures at the peak, where
one thread ran, and with eight the peak lies where any order of their events may put it.

	PROGRAMS=1000 SEED=7 tests/preload/random_programs.py
"""
import json
import os
import subprocess
import sys
import tempfile

MEMTOP = os.environ.get("MEMTOP", "build/memtop")
WORKER = os.path.join(os.environ.get("B", "build"), "tests/workers/chance")
SOURCE = os.path.abspath("tests/preload/workers/chance.c")
PROGRAMS = int(os.environ.get("PROGRAMS", "4"))
SEED = int(os.environ.get("SEED", "1"))
FIELDS = ("size", "count", "allocations", "total", "temporary")
AT_PEAK = ("size", "count")


def labels():
    with open(SOURCE, encoding="utf-8") as source:
        return {number: line.split("/* @")[1].split()[0]
                for number, line in enumerate(source, 1) if "/* @" in line}


def figures(words):
    values = dict(word.split("=") for word in words)
    return {name: int(value) for name, value in values.items()}


def books(output):
    processes = {}
    for words in map(str.split, output.splitlines()):
        book = processes.setdefault(int(words[0]), {"line": {}, "peak": {}})
        if words[1] == "most":
            book["most"] = (int(words[2]), int(words[3]))
        else:
            book[words[1]][words[2]] = figures(words[3:])
    return processes


def report(moment, pid):
    text = subprocess.run([MEMTOP, "report", "--json", "--by=lineno", "--process=%d" % pid,
                           moment], check=True, stdout=subprocess.PIPE).stdout
    return json.loads(text)


def rows(answer, numbers, fields):
    found = {label: dict.fromkeys(fields, 0) for label in numbers.values()}
    for row in answer["statistics"]:
        frame = row["traceback"][0]
        if frame["file"] == SOURCE and frame["line"] in numbers:
            found[numbers[frame["line"]]] = {field: row[field] for field in fields}
    return found


def judge(path, pid, book, numbers):
    answer = report(path, pid)
    assert answer["lost"] == 0, answer["lost"]
    lines = rows(answer, numbers, FIELDS)
    assert lines == book["line"], (lines, book["line"])
    # What others hold, the loader and libc, is the same from first to last.
    others = answer["traced"]["current"] - sum(line["size"] for line in lines.values())
    peak, (least, most) = answer["traced"]["peak"] - others, book["most"]
    assert least <= peak <= most, (least, peak, most)
    if book["peak"]:
        lines = rows(report(path + "@peak", pid), numbers, AT_PEAK)
        assert lines == book["peak"], (lines, book["peak"])


def run(seed, threads, folder, numbers):
    path = os.path.join(folder, "chance.memtop")
    done = subprocess.run([MEMTOP, "record", "--quiet", "--force", "-o", path, WORKER,
                           str(seed), str(threads)],
                          check=True, stdout=subprocess.PIPE, universal_newlines=True)
    processes = books(done.stdout)
    for pid, book in processes.items():
        try:
            judge(path, pid, book, numbers)
        except AssertionError:
            print("SEED=%d PROGRAMS=1, %d threads, process %d" % (seed, threads, pid))
            raise
    return len(processes)


def main():
    numbers, processes = labels(), 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(SEED, SEED + PROGRAMS):
            for threads in (1, 8):
                processes += run(seed, threads, folder, numbers)
    print("random programs: %d on one thread, %d on eight, %d processes" %
          (PROGRAMS, PROGRAMS, processes))


if __name__ == "__main__":
    sys.exit(main())
