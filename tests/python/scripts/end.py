# SPDX-License-Identifier: GPL-3.0-or-later
"""The last statement of a script, done in the same way under memtop and under
tracemalloc: a snapshot is taken twice, and the second counts, so that what the
taking itself takes from CPython's kept objects is its own by then."""
import _tracemalloc
import ctypes
import gc
import json
import os

CALL = getattr(ctypes.CDLL(None), "memtop_abi_1", ctypes.CDLL(None).strncmp)
SNAPSHOT = 2 if "MEMTOP_MEETING" in os.environ else 0
NAME, LENGTH, NOWHERE = (ctypes.c_char_p(b"end"), ctypes.c_uint64(3), ctypes.c_void_p(None))
OPERATION = ctypes.c_void_p(SNAPSHOT) if SNAPSHOT else ctypes.c_char_p(b"")
taken = [None, None]
# Objects that CPython kept since before tracemalloc began are none of its: use them up.
old = [[[] for _ in range(200)], [{} for _ in range(200)], [float(i) for i in range(200)]]
old += [[tuple(range(i, i + n)) for i in range(2100)] for n in range(1, 21)]


def at_end():
    gc.collect()
    for i in (0, 1):
        taken[i] = _tracemalloc._get_traces()
        CALL(OPERATION, NAME, LENGTH, NOWHERE)
    if taken[1]:
        write()


def write():
    lines = {}
    for trace in taken[1]:
        size, frames = trace[1], trace[2]
        total = lines.setdefault(frames[0], [0, 0])
        total[0] += size
        total[1] += 1
    with open(os.environ["LINES"], "w") as out:
        json.dump([[at[0], at[1], n[0], n[1]] for at, n in lines.items()], out)
