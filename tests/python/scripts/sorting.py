# SPDX-License-Identifier: GPL-3.0-or-later
"""Python calls C calls Python calls C, which allocates; the blocks stay."""
import ctypes
import os
import sys

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
kept = []


def compare(a, b):
    return allocate(1000)


def allocate(size):
    kept.append(libc.malloc(size))  # inner
    return 0


def sort():
    numbers = (ctypes.c_int * 8)(*range(8))
    libc.qsort(numbers, 8, 4, COMPARE(compare))  # outer


sort()
if len(sys.argv) > 1:
    os._exit(int(sys.argv[1]))
