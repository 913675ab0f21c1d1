# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a script begins to be traced and where it ends, the same statements under memtop
and under tracemalloc.  At the end a snapshot is taken twice, and the second counts, so
that what the taking itself takes from CPython's kept objects is its own by then."""
import _tracemalloc
import ctypes
import gc
import json
import os

TRACED = "MEMTOP_MEETING" in os.environ
CALL = getattr(ctypes.CDLL(None), "memtop_abi_1" if TRACED else "strncmp")
NAME, LENGTH, NOWHERE = (ctypes.c_char_p(b"end"), ctypes.c_uint64(3), ctypes.c_void_p(None))
CLEAR, SNAPSHOT = (ctypes.c_void_p(n) if TRACED else ctypes.c_char_p(b"") for n in (5, 2))
CALL.restype = None             # no int object for what it returns
taken = [None, None]


def begin():
    """What is live now belongs to neither, nor what is kept to be used again: none is."""
    gc.collect()
    CALL(CLEAR, NAME, LENGTH, NOWHERE)
    if not TRACED:
        _tracemalloc.start(1)


def at_end():
    gc.collect()
    for i in (0, 1):
        taken[i] = _tracemalloc._get_traces()
        CALL(SNAPSHOT, NAME, LENGTH, NOWHERE)
    if not TRACED:
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


begin()
