# SPDX-License-Identifier: GPL-3.0-or-later
"""Line tables, names and owners.  `recycles`: it is the first that leaves as many lists and
dicts as CPython keeps to use again, 80 of each.

json, classes, comprehensions, generators, threads, exec'd code, strings."""
import asyncio
import collections
import json
import threading

from end import at_end


class Node:
    __slots__ = ("name", "children", "value")

    def __init__(self, name, depth):
        self.name = "node-%s-%d" % (name, depth)
        self.value = depth * 1.5
        self.children = [Node(name, depth - 1) for _ in range(3)] if depth else []


class Plain:
    def __init__(self, i):
        self.i = i
        self.text = "plain %d" % i
        self.more = {"k": i}


def generate(n):
    for i in range(n):
        yield "generated %d" % i, bytearray(50)


async def waiting(n, into):
    for i in range(n):
        into.append("awaited %d" % i)
        await asyncio.sleep(0)


async def together(into):
    await asyncio.gather(*(waiting(400, into) for _ in range(4)))


def in_thread(n, into):
    for i in range(n):
        into.append(["thread", str(i) * 3])


tree = Node("root", 7)
plain = [Plain(i) for i in range(3000)]
made = list(generate(4000))
source = json.dumps([{"id": i, "tags": ["a", "b%d" % i]} for i in range(3000)])  # recycles
parsed = json.loads(source)
point = collections.namedtuple("point", "x y")
points = [point(i, i * 2.5) for i in range(4000)]
awaited = []
asyncio.run(together(awaited))
several = [[] for _ in range(3)]
threads = [threading.Thread(target=in_thread, args=(3000, s)) for s in several]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for number in range(200):
    scope = {}
    exec("def f():\n    return 'made %d' * 3\nvalue = [f() for _ in range(20)]" % number, scope)
kept = []
exec(compile("for i in range(9000):\n    kept.append([i])\n", "<kept>", "exec"))
grown = []
for number in range(50000):
    grown.append(number * 1000)
squares = {n: n * n for n in range(20000)}

at_end()
