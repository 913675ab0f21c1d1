#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain to a leaked object begins at the module, or the local, that holds it, and says by
which names: more than twenty ways to hold one, with 3.8 to 3.13."""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from pythons import MEMTOP, Skip, each_python, environment, report, run

# Each class Leak_X has three objects; what holds them is said by CHAINS.
APP = '''
import collections, functools, sys, threading
def leak(name):
    kind = globals().setdefault("Leak_" + name, type("Leak_" + name, (), {"__slots__": ()}))
    return [kind() for i in range(3)]
class Registry:
    pass
class Slotted:
    __slots__ = ("held",)
class Below(Slotted):
    __slots__ = ("more",)
class Holder:
    shared = leak("class")
class MyDict(dict):
    pass
class MyList(list):
    pass
class Node:
    def __init__(self, next, held):
        self.next, self.held = next, held
held_list = leak("list")
held_tuple = tuple(leak("tuple"))
SET = set(leak("set"))
CACHE = {"recent": leak("cache")}
by_id = {1000: leak("number")}
by_name = {"user-%d" % i: i for i in range(200)}
by_name["user-%d" % 17] = leak("data")
few = {"user-%d" % 1: leak("few")}
nested = {"a": {"b": {"c": leak("nested")}}}
registry = Registry()
registry.sessions = leak("attribute")
shown = Registry()
shown.sessions = leak("shown")
shown.__dict__
slotted = Slotted()
slotted.held = leak("slot")
below = Below()
below.held = leak("base")
mydict = MyDict(key=leak("subclass"))
mylist = MyList(leak("sublist"))
\u043a\u043b\u044e\u0447 = leak("unicode")
def closing(kept):
    return lambda: kept
closure = closing(leak("closure"))
def generate(kept, given):
    items = yield kept
waiting = generate(leak("generator"), None)
next(waiting)
def default(kept=leak("default")):
    pass
callback = leak("method")
callback = [functools.partial(print, callback)]
chain = None
for i in range(50):
    chain = Node(chain, None)
chain.next.next.held = leak("chain")
def worker(ready, over):
    work = {"key": leak("thread")}
    ready.set()
    over.wait()
def serve(argument):
    items = leak("local")
    cell = leak("cell")
    keep = lambda: cell
    print(".", flush=True)
    sys.stdin.read()
    return items, argument, keep
ready, over = threading.Event(), threading.Event()
thread = threading.Thread(target=worker, args=(ready, over))
thread.start()
ready.wait()
serve(leak("argument"))
over.set()
'''
PACKAGE = "class Leak_package:\n __slots__ = ()\ncached = [[Leak_package(), Leak_package(), Leak_package()]]\n"
MAIN = "import pkg.sub, app\n"


def chains(version):
    module = ["module app", "dict"]
    attributes = ["dict"] if version < (3, 11) else []
    frame = ['"gi_frame" frame'] if version < (3, 11) else []
    split = ["dict"] if version < (3, 13) else []
    serve = " of serve() app.py:%d" % line("def serve")
    return {
        "list": module + ['"held_list" list'],
        "tuple": module + ['"held_tuple" tuple'],
        "set": module + ['"SET" set'],
        "cache": module + ['"CACHE" dict', '"recent" list'],
        "number": module + ['"by_id" dict', "list"],
        "data": module + ['"by_name" dict', "list"],
        "few": module + ['"few" dict', '"user-1" list'],
        "nested": module + ['"nested" dict', '"a" dict', '"b" dict', '"c" list'],
        "attribute": module + ['"registry" app.Registry'] + attributes + ['"sessions" list'],
        "shown": module + ['"shown" app.Registry'] + split + ['"sessions" list'],
        "slot": module + ['"slotted" app.Slotted', '"held" list'],
        "base": module + ['"below" app.Below', '"held" list'],
        "generator": module + ['"waiting" generator'] + frame + ['"kept" list'],
        "subclass": module + ['"mydict" app.MyDict', '"key" list'],
        "sublist": module + ['"mylist" app.MyList'],
        "unicode": module + ['"\u043a\u043b\u044e\u0447" list'],
        "closure": module + ['"closure" function', '"__closure__" tuple', '"kept" cell', "list"],
        "default": module + ['"default" function', "tuple", "list"],
        "method": module + ['"callback" list', "functools.partial", '"args" tuple', "list"],
        "class": module + ['"Holder" type', "dict", '"shared" list'],
        "thread": ["local work of worker() app.py:%d" % line("def worker"), "dict", '"key" list'],
        "local": ["local items" + serve, "list"],
        "argument": ["local argument" + serve, "list"],
        "cell": ["local cell" + serve, "cell", "list"],
        "package": ["module pkg.sub", "dict", '"cached" list', "list"],
        # To 3.10 dicts of instances, which have no names, are one with the first.
        "chain": module + ['"chain" app.Node'] + (attributes or ['"next" app.Node']) +
        ['"held" list'],
    }


def line(text):
    return 1 + [row.startswith(text) for row in APP.splitlines()].index(True)


def look(python, folder):
    """What holds the objects of each class, the most bytes first."""
    output = os.path.join(folder, "run.memtop")
    traced = subprocess.Popen([MEMTOP, "record", "--quiet", "--force", "-o", output, "--", python,
                               "-S", os.path.join(folder, "main.py")], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, env=environment())
    try:
        traced.stdout.readline()
        taken = subprocess.run([MEMTOP, "ctl", str(traced.pid), "heap", "look"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    finally:
        traced.stdin.close()
        traced.stdout.close()
        traced.wait()
    if taken.returncode:
        if "kernel does not let" in taken.stderr:
            raise Skip(taken.stderr.strip())
        raise AssertionError(taken.stderr)
    rows = report(output + "@look", "--by=type", "--limit=0")["statistics"]
    # Places are of no interest here.
    return {row["key"].split("Leak_")[1]:
            [([re.sub(r" \(.*\)$", "", re.sub(r", chain of .*", "", step)) for step in held["chain"]],
              held["count"]) for held in row["held_by"]]
            for row in rows if ".Leak_" in row["key"]}


def judge(python, version, found):
    good = True
    for name, chain in chains(version).items():
        if found.get(name) != [(chain, 3)]:
            good = False
            print("%s: %s is held by %s, not %s" % (python, name, found.get(name), chain))
    return good


def main():
    good = True
    # The newest path of each version will do.
    for version, python in {version: python for python, version in each_python()}.items():
        if version > (3, 13):
            continue
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "pkg"))
            for name, text in (("app.py", APP), ("main.py", MAIN), ("pkg/sub.py", PACKAGE),
                               ("pkg/__init__.py", "")):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            good = judge(python, version, look(python, folder)) and good
    return 0 if good else 1


if __name__ == "__main__":
    run(main)
