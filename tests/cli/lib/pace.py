#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The growth that memtop reports of a line that frees nothing, computed once more from what
each slice of the run left and when it ended, as the recording says: the program's own clock
says something else as soon as the machine lets it, or memtop, stand still.
pace.py FILE FUNCTION [PID...]: of these processes, or of the first one."""
import itertools
import json
import os
import sqlite3
import statistics
import struct
import subprocess
import sys

SLICES, WINDOWS = 12, 3


def report(path, function, pid):
    whose = ["--process=" + pid] if pid else []
    command = [os.environ["MEMTOP"], "report", *whose, "--sort=growth", "--json",
               "--by=function", "--filter=function = " + function, path]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def slices(path, pid):
    """Where the slices of each window end, of the process's last moment (RECORDING.md)."""
    with sqlite3.connect(path) as db:
        [axis] = db.execute(
            "SELECT axis FROM growth_axis JOIN moment ON moment.id = growth_axis.moment "
            "JOIN process ON process.id = moment.process WHERE moment.name = 'exit' "
            "AND process.pid = ?", (pid,)).fetchone()
    times = struct.unpack(f"<{1 + WINDOWS * (SLICES + 2)}d", axis)[1:]
    for at in range(0, len(times), SLICES + 2):
        _, *ends, events = times[at:at + SLICES + 2]
        if events:
            yield ends


def slope(x, y):
    return statistics.median((y[j] - y[i]) / (x[j] - x[i])
                             for i, j in itertools.combinations(range(len(x)), 2))


def check(path, function, pid):
    document = report(path, function, pid)
    [row] = document["statistics"]
    assert row["verdict"] == "leaking" and row["freed"] == 0, row
    # What is there when a slice begins is there at its end: what the slices before it left.
    left = [0, *itertools.accumulate(row["generations"])]
    assert 0 < left[-1] <= row["run"][-1] <= row["size"] and row["size"] % row["count"] == 0, row
    paces = [60 * slope(ends, left[:SLICES])
             for ends in slices(path, int(pid or document["program"]["pid"]))]
    assert any(abs(row["growth"] / pace - 1) < 1e-6 for pace in paces), (row, paces)
    blocks = row["growth"] / (row["size"] // row["count"])
    assert abs(row["growth_blocks"] / blocks - 1) < 1e-6, row


for process in sys.argv[3:] or [None]:
    check(sys.argv[1], sys.argv[2], process)
