# SPDX-License-Identifier: GPL-3.0-or-later
"""Deep stacks of Python that calls C that calls Python, in several weaves, with a block of
malloc's at each level on the way back.  woven.py DEPTH"""
import ctypes
import sys

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


def block(n):
    libc.malloc(50000 + n)


def sort(call, n):
    libc.qsort((ctypes.c_int * 2)(), 2, 4, COMPARE(lambda a, b: call(n) or 0))


def always(n):
    if n:
        sort(always, n - 1)
    block(n)


def inside(n):
    """Only by the interpreter's own C."""
    if n:
        list(map(inside, [n - 1]))
    block(n)


def seldom(n):
    """Long runs of Python frames on one loop, between them C."""
    if n % 35 == 1:
        sort(seldom, n - 1)
    elif n:
        seldom(n - 1)
    block(n)


def mixed(n):
    if n % 10 == 1:
        sort(mixed, n - 1)
    elif n:
        sorted([n - 1], key=mixed)
    block(n)


class Deep:
    """Many of the interpreter's C frames for one of Python's."""

    def __init__(self, n):
        self.n = n

    def __repr__(self):
        represented(self.n)
        return ""


def represented(n):
    inner = Deep(n - 1)
    for _ in range(12):
        inner = [inner]
    if n:
        repr(inner)
    block(n)


sys.setrecursionlimit(100000)
depth = int(sys.argv[1])
for weave, share in ((inside, 1), (seldom, 1), (mixed, 2), (always, 4), (represented, 4)):
    weave(depth // share)
