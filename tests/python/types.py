#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of Python are found with the types that they have, and what the collector knows is told
from what it does not: twenty programs with 3.8, 3.11 and 3.13, some with the others."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from pythons import MEMTOP, Skip, each_python, environment, report, run

TYPED = os.path.join(os.environ.get("B", "build"), "tests", "cli", "typed")
SCRIPT = os.path.join(HERE, "scripts", "objects.py")
ALL = [(3, 8), (3, 11), (3, 13)]
PROGRAMS = [
    "class A:\n pass\nkept = []\nfor i in range(200):\n a = A()\n a.x = i\n a.y = [i]\n kept.append(a)",
    "class S:\n __slots__ = ('a', 'b', '__weakref__')\nkept = [S() for i in range(99)]\n"
    "import weakref\nrefs = [weakref.ref(s) for s in kept]",
    "class L(list):\n pass\nclass D(dict):\n pass\nclass T(tuple):\n pass\n"
    "kept = [(L(range(i)), D(a=i), T((i, 'x'))) for i in range(50)]",
    "class M(type):\n pass\nkept = [M('W%d' % i, (), {'n': i})() for i in range(30)]",
    "kept = [str(i) * 3 for i in range(300)] + ['\\u20ac%d' % i for i in range(99)] + "
    "[s.encode() for s in map(str, range(99))]",
    "kept = [(i << 70, i + .5, complex(i, 1), -i) for i in range(200)]",
    "kept = [set(range(i)) for i in range(60)] + [frozenset(map(str, range(i))) for i in range(60)]",
    "kept = [bytearray(b'x' * 10 * i) for i in range(1, 60)] + [memoryview(b'abc') for i in range(9)]",
    "kept = [(lambda n=i: n + i) for i in range(99)]\ndef gen(n):\n yield n\n"
    "live = [gen(i) for i in range(50)]\nfor g in live:\n next(g)",
    "import collections as c\nkept = [(c.deque(range(i)), c.OrderedDict(a=i), c.defaultdict(list), "
    "c.Counter('abc'), c.ChainMap({})) for i in range(40)]",
    "import collections as c\nP = c.namedtuple('P', 'x y')\nkept = [P(i, [i]) for i in range(99)]",
    "import datetime as d, decimal\nkept = [(d.datetime(2020, 1, 1 + i % 28), d.timedelta(i), "
    "decimal.Decimal(i)) for i in range(99)]",
    "import re, json\nkept = [re.compile('a%d+(b)' % i) for i in range(20)] + "
    "[json.loads('{\"a\": [1, 2, {\"b\": null}]}') for i in range(50)]",
    "class E(Exception):\n pass\nkept = []\nfor i in range(50):\n try:\n  raise E(i)\n"
    " except E as e:\n  kept.append(e)",
    "import functools, itertools, operator\nkept = [(functools.partial(print, i), itertools.count(i), "
    "operator.itemgetter(i), map(str, [i]), zip([i])) for i in range(50)]",
    "import enum, dataclasses as d\nclass C(enum.Enum):\n RED = 1\n BLUE = 2\n"
    "@d.dataclass\nclass P:\n x: int\n y: list\nkept = [P(i, [C.RED]) for i in range(99)]",
    "import threading, io, array\nkept = [threading.Lock() for i in range(20)] + [io.StringIO('a') "
    "for i in range(20)] + [io.BytesIO(b'a') for i in range(20)] + [array.array('i', [1, 2, 3])]",
    "import types\nkept = [types.SimpleNamespace(a=i) for i in range(50)] + "
    "[types.ModuleType('m%d' % i) for i in range(20)] + [property() for i in range(20)]",
    "class N:\n def __init__(self, n):\n  self.me = self\n  self.next = n\n"
    "head = None\nfor i in range(200):\n head = N(head)\nmethods = [head.__init__ for i in range(9)]",
    # Objects that are kept for reuse must not be found as what they were.
    "kept = [[i + .5 for i in range(500)], [[] for i in range(200)], [(i, i) for i in range(200)], "
    "[{} for i in range(99)]]\ndel kept[:]\nalive = [1.5, [], (2, [])]",
]


def told_by(python, programs):
    """{address: (tracked, name)} as Python says and as the look does."""
    script = subprocess.Popen([python, SCRIPT] + programs, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, env=environment())
    try:
        told = []
        for line in iter(script.stdout.readline, "end\n"):
            if not line:
                raise AssertionError("%s ended early: %s" % (python, programs))
            told.append(line.rstrip("\n").split(" ", 3))
        looked = subprocess.run([TYPED, str(script.pid)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True,
                                input="".join("%s %s\n" % (at, size) for at, size, _, _ in told))
        if looked.returncode:
            if "ptrace" in looked.stderr:
                raise Skip(looked.stderr.strip())
            raise AssertionError(looked.stderr)
    finally:
        script.stdin.close()
        script.stdout.close()
        script.wait()
    found = {}
    for line in looked.stdout.splitlines():
        at, tracked, name = line.split(" ", 2)
        found[at] = (tracked == "[T]", name)
    return {at: (tracked == "T", name) for at, _, tracked, name in told}, found


COUNTED = "class Lost:\n pass\ndef lose(n):\n for i in range(n):\n" \
    "  a = Lost()\n  b = Lost()\n  a.o = b\n  b.o = a\n" \
    "class Session:\n def __init__(self, n):\n  self.n = n\n  self.more = [n]\n" \
    "class Slots:\n __slots__ = ('a', 'b')\n" \
    "kept = [(Session(i), Slots(), lambda: i, {i}, {'k': [i]}) for i in range(500)]\n" \
    "dropped = [[] for i in range(50)]\ndel dropped\nimport gc, sys\ngc.collect()\n" \
    "counts = {}\nfor o in gc.get_objects():\n n = type(o).__name__\n" \
    " counts[n] = counts.get(n, 0) + 1\n" \
    "gc.disable()\nlose(500)\ndel o\n" \
    "print(counts['Session'], counts['Slots'], counts['function'], counts['set'], flush=True)\n" \
    "sys.stdin.read()\n"


def counted(python):
    """Under memtop a look finds as many objects of a type as the collector knows, and cycles that
    nobody holds are unreachable, although the collector links them; stale words may hold some."""
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "run.memtop")
        traced = subprocess.Popen([MEMTOP, "record", "--quiet", "--force", "-o", output, "--", python,
                                   "-c", COUNTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True, env=environment())
        expected = [int(word) for word in traced.stdout.readline().split()]
        subprocess.run([MEMTOP, "ctl", str(traced.pid), "heap", "look"], check=True,
                       stdout=subprocess.DEVNULL)
        traced.stdin.close()
        traced.stdout.close()
        traced.wait()
        rows = report(output + "@look", "--by=type", "--limit=0")["statistics"]
    counts = {row["key"]: row["count"] for row in rows}
    found = [counts.get(name) for name in ("__main__.Session", "__main__.Slots", "function", "set")]
    items = counts.get("list (items)", 0)
    if found != expected or items < 1000:
        print("%s: %s, and by a look %s, %d items" % (python, expected, found, items))
    lost = {row["key"]: (row["count"], row["unreachable_blocks"]) for row in rows}
    cycles = lost.get("__main__.Lost", (0, 0))
    kept = [name for name in ("__main__.Session", "__main__.Slots", "function", "set")
            if lost.get(name, (0, 0))[1] > 9]
    if cycles[0] != 1000 or cycles[1] < 900 or kept:
        print("%s: %d of %d in cycles are unreachable, and some of %s" % (python, *cycles[::-1], kept))
        return False
    return found == expected and items >= 1000


def main():
    good = True
    for python, version in each_python():
        if version > (3, 13):
            print("%s: types of 3.14 and later are not read" % python)
            continue
        programs = PROGRAMS if version in ALL else PROGRAMS[:5]
        total = 0
        for first in range(0, len(programs), 5):
            told, found = told_by(python, programs[first:first + 5])
            total += len(told)
            wrong = [(told[at], found.get(at)) for at in told if told[at] != found.get(at)]
            for expected, instead in wrong[:9]:
                print("%s: %s, found as %s" % (python, expected, instead))
            good = good and not wrong and len(told) > 1000
        good = counted(python) and good
        print("%s: %d programs, %d blocks" % (python, len(programs), total))
    return 0 if good else 1


if __name__ == "__main__":
    run(main)
