#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""--nframe=N keeps the newest N frames of Python, as tracemalloc does that traces the same run:
the same rows, each with the same frames and the same blocks, whatever stands between the
frames; and stacks that have more are counted as cut.  On stacks of C and Python frames the
newest N are those of a run that kept all."""
import collections
import json
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from pythons import each_python, record, report, run

SCRIPT = os.path.join(HERE, "scripts", "deep.py")
WOVEN = os.path.join(HERE, "scripts", "woven.py")
DEPTH = 100
RUNS = [(33, []), (20, ["--python=only"])]


def rows_of(said):
    """{frames: bytes} of the rows whose newest frame makes the blocks."""
    rows = {}
    for row in said["statistics"]:
        frames = tuple((frame["file"], frame["line"]) for frame in row["traceback"])
        assert all(frame["lang"] == "python" for frame in row["traceback"]), row
        assert frames not in rows, "two rows of one stack: %s" % (frames,)
        rows[frames] = row["size"]
    return rows


def rows_of_tracemalloc(stacks):
    rows = collections.Counter()
    for size, frames in stacks:
        rows[tuple(map(tuple, frames))] += size
    return dict(rows)


def agree(ours, theirs):
    """The same stacks, and the same bytes on each but for tracemalloc's own, which memtop sees."""
    records = sum(ours.values()) - sum(theirs.values())
    return set(ours) == set(theirs) and all(ours[at] >= theirs[at] for at in theirs) and \
        records < sum(theirs.values()) / 100


def difference(ours, theirs):
    lengths = [collections.Counter(map(len, rows)) for rows in (ours, theirs)]
    return "%d rows, tracemalloc %d, %d of them the same; stacks of so many frames: %s, %s" % (
        len(ours), len(theirs), len(set(ours) & set(theirs)),
        *(sorted(n.items())[-4:] for n in lengths))


def check(python, nframe, options, folder):
    output, stacks = os.path.join(folder, "run.memtop"), os.path.join(folder, "stacks")
    done = record([python, SCRIPT, str(DEPTH), str(nframe)], output, "--nframe=%d" % nframe,
                  *options, STACKS=stacks)
    assert done.returncode == 0, done.stdout
    with open(stacks) as said:
        kinds, blocks = json.load(said)
    said = report(output, "--by=traceback", "--limit=0",
                  "--filter=domain=python size>=50000 function=keep")
    ours, theirs = rows_of(said), rows_of_tracemalloc(blocks)
    assert agree(ours, theirs), difference(ours, theirs)
    assert len(blocks) == kinds * (DEPTH + 1), len(blocks)
    # To each depth beyond belongs a stack of its own.
    assert said["cut"]["nframe"] >= kinds * (DEPTH - nframe), said["cut"]


def woven(python, folder, options, frames):
    """{frames: (blocks, bytes)} of malloc's blocks, and how many stacks count as cut."""
    output = os.path.join(folder, "woven.memtop")
    done = record([python, WOVEN, str(DEPTH)], output, *options)
    assert done.returncode == 0, done.stdout
    said = report(output, "--by=traceback", "--limit=0", *frames,
                  "--filter=domain=malloc any.function=block size>=50000")
    rows = {tuple((frame["file"], frame["line"], frame["function"]) for frame in row["traceback"]):
            (row["count"], row["size"]) for row in said["statistics"]}
    return rows, said["cut"]["nframe"]


def check_woven(python, folder):
    cut, so_many = woven(python, folder, ["--nframe=20"], [])
    whole, none = woven(python, folder, [], ["--frames=20"])
    assert cut == whole, "%d rows with --nframe=20, %d where all was kept, %d of them equal" % (
        len(cut), len(whole), sum(cut[at] == whole.get(at) for at in cut))
    assert none == 0 and so_many > DEPTH, (none, so_many)


def main():
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for python, _ in each_python():
            for nframe, options in RUNS:
                try:
                    check(python, nframe, options, folder)
                except AssertionError as error:
                    print("%s --nframe=%d %s: %s" % (python, nframe, options, error))
                    good = False
            try:
                check_woven(python, folder)
            except AssertionError as error:
                print("%s, C and Python: %s" % (python, error))
                good = False
    return 0 if good else 1


if __name__ == "__main__":
    run(main)
