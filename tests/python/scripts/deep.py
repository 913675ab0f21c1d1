# SPDX-License-Identifier: GPL-3.0-or-later
"""Deep stacks of each kind, with a block at each level on the way back; what tracemalloc,
which traces at the same time, says of these blocks goes to the file $STACKS.

deep.py DEPTH NFRAME"""
import functools
import itertools
import json
import os
import sys
import tracemalloc

depth, nframe = map(int, sys.argv[1:])
kept = []


def keep(n, before=()):
    """The block comes after what is evaluated before it, in the same instruction."""
    *_, kept[-1][n] = itertools.chain(map(eval, before), map(bytes, [50000 + n]))  # block


def plain(n):
    if n:
        plain(n - 1)
    keep(n)


def through_map(n):
    if n:
        list(map(through_map, [n - 1]))
    keep(n)


def through_sort(n):
    def key(m):
        if m:
            sorted([m - 1], key=key)
        keep(m)
        return m
    key(n)


def generators(n):
    if n:
        yield from generators(n - 1)
    keep(n)
    yield n


class Nested:
    def __init__(self, n):
        self.inner = Nested(n - 1) if n else None
        keep(n)


class Called:
    def __init__(self, n):
        self.n = n

    def __getattr__(self, name):
        if self.n:
            Called(self.n - 1).anything
        keep(self.n)
        return None


async def coroutine(n):
    if n:
        await coroutine(n - 1)
    keep(n)


def executed(n):
    if n:
        exec("executed(n - 1)", {"executed": executed, "n": n})
    keep(n)


def evaluated(n):
    """Code that has just died stood between this stack and the one before."""
    keep(n, ["evaluated(n - 1)"] if n else [])


def drive(awaited):
    try:
        awaited.send(None)
    except StopIteration:
        pass


def wavy(n):
    """Up and down around the depth at which a chain is cut."""
    if n % 7 == 0:
        plain_down(n)
    if n:
        list(map(wavy, [n - 1]))
    if n % 5 == 0:
        plain_down(n)
    keep(n)


def plain_down(n):
    return functools.reduce(lambda a, b: a + b, [[n]] * (n + 2), [])


KINDS = [
    plain, through_map, through_sort, Nested, wavy, executed, evaluated,
    lambda n: Called(n).anything,
    lambda n: list(generators(n)),
    lambda n: drive(coroutine(n)),
]

sys.setrecursionlimit(100000)
tracemalloc.start(nframe)
for run in KINDS:
    kept.append([None] * (depth + 1))
    run(depth)
with open(__file__) as source:
    line = next(i for i, text in enumerate(source, 1) if text.rstrip().endswith("# block"))
stacks = [[trace.size, [[frame.filename, frame.lineno] for frame in trace.traceback]]
          for trace in tracemalloc.take_snapshot().traces
          if trace.size >= 50000 and trace.traceback[-1].lineno == line]
tracemalloc.stop()
with open(os.environ["STACKS"], "w") as out:
    json.dump([len(KINDS), stacks], out)
