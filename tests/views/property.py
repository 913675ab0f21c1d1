#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random heaps, asked both of CPython's own tracemalloc, which loads the pickle
that memtop exports, and of memtop's views: statistics, cumulative, filter_traces
and compare_to must print the same rows in the same order, trees hold what Python
sums up, and globs match as fnmatch does.

    tests/views/property.py [CASES [SEED]]
"""
import fnmatch
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import tracemalloc

CASES = int(sys.argv[1]) if len(sys.argv) > 1 else 1200
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 20240607
PROGRAM = os.path.join(os.environ.get("B", "build"), "tests/views/rows")

NAMES = ["/a/x.py", "/a/z.py", "/b/q.py", "/a/x.pyc", "/a/[x].py", "/a/^x.py", "a]", "-",
         "/é/ü.py", "/日本/x.c", "/a/b-c.c", "/a/b/c.c", ".h", "a b (1).py", "<unknown>",
         "<frozen importlib._bootstrap>", "/a/x\\y.c", "/a\"q.c", "x.pyc", ".pyc",
         "/bad/\udcff.c", "/a/!x.c", "/a/x.p", "é"]
PIECES = ["*", "?", "[!x]", "[^x]", "[x^]", "[]a]", "[!]a]", "[", "[a-", "[z-a]", "[a-z]",
          "[!a-z]", "[a-]", "[-a]", "[--0]", "]", "a", "x", "/", ".", ".py", ".pyc", ".c", "é",
          "ü", "[à-ý]", "^", "!", "\\", "-", "b", "[[:alpha:]]", "\udcff", "[&&a]", "[a~~b|]",
          "[z-a!x]", "[z-ab-a^]", "[!z-ax]", "[a-cx-z]", "[a-c-e]", "[!-a]", "<", ">", "日"]


def escape(text):
    """Any text as a field of heap_text.h."""
    out = []
    for byte in text.encode("utf-8", "surrogateescape"):
        plain = 0x20 <= byte < 0x7f and byte != 0x5c
        out.append(chr(byte) if plain else "\\x%02x" % byte)
    return "".join(out)


def safe(text):
    """As memtop prints it: no byte that is no UTF-8 reaches a terminal."""
    return "".join("\\x%02x" % (ord(c) - 0xdc00) if 0xdc80 <= ord(c) <= 0xdcff else c
                   for c in text)


class Memtop:
    def __init__(self):
        self.process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True,
                                        encoding="utf-8", errors="surrogateescape")

    def send(self, *fields):
        self.process.stdin.write("\t".join(fields) + "\n")

    def lines(self):
        self.process.stdin.flush()
        lines = []
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise SystemExit("the program ended: %r" % lines)
            if line == "end\n":
                return lines
            lines.append(line.rstrip("\n"))

    def line(self):
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


def fnmatch_takes(pattern):
    """Older Pythons take no range that runs backwards, [z-a]; newer ones and memtop do."""
    try:
        fnmatch.fnmatchcase("", pattern)
    except re.error:
        return False
    return True


def random_pattern(rng):
    while True:
        pattern = any_pattern(rng)
        if fnmatch_takes(pattern):
            return pattern


def any_pattern(rng):
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(NAMES)
    if kind < 0.5:
        name = rng.choice(NAMES)
        at = rng.randrange(len(name))
        return name[:at] + rng.choice(PIECES) + name[at + 1:]
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 5)))


def random_heap(rng):
    """A list of (domain, thread, size, count, frames newest first)."""
    names = rng.sample(NAMES, rng.randrange(1, 6))
    frames = [(rng.choice(names), rng.choice([1, 2, 3, 10, 200])) for _ in range(8)]
    stacks = [tuple(rng.choice(frames) for _ in range(rng.randrange(0, 6)))
              for _ in range(rng.randrange(1, 10))]
    sizes = [0, 1, 24, 512, 100 * 1024, 3 * 1024 * 1024]
    return [(rng.choice([0, 0, 1]), rng.randrange(1, 3), rng.choice(sizes),
             rng.choice([1, 1, 2, 5]), rng.choice(stacks))
            for _ in range(rng.randrange(0, 14))]


def exported(memtop, heap, path):
    """The heap as tracemalloc loads it from memtop's pickle."""
    memtop.send("heap")
    send_blocks(memtop, random.Random(1), {}, heap)
    memtop.send("export", "tracemalloc", path)
    answer = memtop.lines()
    if answer:
        raise SystemExit("export: %r" % answer)
    return tracemalloc.Snapshot.load(path)


def snapshot_of(heap):
    """The same, put together here."""
    traces = []
    for domain, _, size, count, stack in heap:
        frames = stack or (("<unknown>", 0),)
        traces += [(domain, size, frames, len(frames))] * count
    return tracemalloc.Snapshot(traces, 64)


def send_blocks(memtop, rng, sent, heap):
    for _, _, _, _, stack in heap:
        for frame in stack:
            if frame not in sent:
                sent[frame] = str(len(sent) + 1)
                memtop.send("f", escape(frame[0]), str(frame[1]), "fun%d" % rng.randrange(2),
                            "", "4", "")
    for domain, thread, size, count, stack in heap:
        fields = [sent[frame] for frame in stack]
        # A few frames are inlines of one site: that must change nothing.
        if len(fields) > 1 and rng.random() < 0.3:
            fields[0:2] = [fields[0] + "+" + fields[1]]
        memtop.send("b", str(domain), str(thread), str(size), str(count), *fields)


def quoted(pattern):
    return '"' + pattern.replace("\\", "\\\\").replace('"', '\\"') + '"'


def random_filters(rng):
    """The same filters for both: (tracemalloc's, memtop's texts)."""
    theirs, rules = [], []
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
        inclusive, pattern = rng.random() < 0.5, random_pattern(rng)
        lineno = rng.choice([None, None, 1, 2, 10])
        any_frame = rng.random() < 0.4
        theirs.append(tracemalloc.Filter(inclusive, pattern, lineno, any_frame))
        rule = ("+" if inclusive else "-") + ("any:" if any_frame else "") + quoted(pattern)
        rules.append(rule + (":%d" % lineno if lineno is not None else ""))
    # How rules are spread over filters makes no difference.
    texts = []
    for rule in rules:
        if texts and rng.random() < 0.5:
            texts[-1] += rng.choice([" ", "  and "]) + rule
        else:
            texts.append(rule)
    return theirs, texts


def domain_filters(rng, theirs, texts, numbers):
    """Rules of a domain and domains alone, among the others: no list of rules then."""
    kept = []
    for text, one in zip(texts, theirs):
        which = rng.choice(["malloc", "python", None])
        match = "+" + text[1:]
        if which:
            one = tracemalloc.Filter(one.inclusive, one.filename_pattern, one.lineno,
                                     one.all_frames, numbers[which])
            match = "((%s) and domain=%s)" % (match, which)
        kept.append((one, match))
    if not kept or rng.random() < 0.5:
        which, inclusive = rng.choice(["malloc", "python"]), rng.random() < 0.5
        kept.append((tracemalloc.DomainFilter(inclusive, numbers[which]), "domain = " + which))
    any_of = " or ".join(match for one, match in kept if one.inclusive)
    return ([one for one, _ in kept],
            [any_of] * bool(any_of) + ["not " + match for one, match in kept if not one.inclusive])


def expected(stats, key):
    lines = []
    for stat in stats:
        lines.append(safe(str(stat)))
        if key == "traceback":
            lines += [safe(line) for line in stat.traceback.format()]
    return lines


def check(memtop, rng, number, folder):
    new, old = random_heap(rng), random_heap(rng)
    if rng.random() < 0.5:
        old = old + rng.sample(new, len(new) // 2)
    diff, other = rng.random() < 0.5, rng.random() < 0.5
    key = rng.choice(["lineno", "filename", "traceback"])
    cumulative = key != "traceback" and rng.random() < 0.5
    theirs, texts = random_filters(rng)
    if rng.random() < 0.5:
        now, then = (exported(memtop, heap, folder + "/pickle") for heap in (new, old))
        numbers = {"python": 0, "malloc": 1}
    else:
        now, then = snapshot_of(new), snapshot_of(old)
        numbers = {"malloc": 0, "python": 1}
    if rng.random() < 0.4 and len(texts) == len(theirs):
        theirs, texts = domain_filters(rng, theirs, texts, numbers)
    if theirs:
        now, then = now.filter_traces(theirs), then.filter_traces(theirs)
    memtop.send("heap")
    sent = {}
    if diff:
        send_blocks(memtop, rng, sent, old)
        memtop.send("old", "other" if other else "same")
        if other:
            sent = {}
    send_blocks(memtop, rng, sent, new)
    for text in texts:
        memtop.send("filter", escape(text))
    memtop.send("view", key, "t" + ("c" if cumulative else ""))
    got = memtop.lines()
    if diff:
        want = expected(now.compare_to(then, key, cumulative), key)
    else:
        want = expected(now.statistics(key, cumulative), key)
    if got != want:
        print("case %d (seed %d): by %s, cumulative %s, diff %s, filters %r" %
              (number, SEED, key, cumulative, diff, texts))
        print("heap %r\nold %r" % (new, old))
        for a, b in zip(want + [""] * len(got), got + [""] * len(want)):
            if a or b:
                print("%s %r %r" % (" " if a == b else "!", a, b))
        raise SystemExit(1)


def forest(traces, inverted, frames):
    """Nodes by path: [size, count] of all stacks that begin so."""
    nodes = {}
    for _, size, stack, *_ in traces:
        stack = stack[:frames] if frames else stack
        for depth in range(1, len(stack) + 1):
            path = stack[:depth] if inverted else stack[::-1][:depth]
            figures = nodes.setdefault(path, [0, 0])
            figures[0] += size
            figures[1] += 1
    return nodes


def expected_tree(now, then, inverted, frames, least):
    """(depth, frame, size, count, size_diff, count_diff) of all rows."""
    new, old = (forest(heap.traces._traces, inverted, frames) if heap else {}
                for heap in (now, then))
    kept = {path[:depth] for path in set(new) | set(old) for depth in range(1, len(path) + 1)
            if new.get(path, (0, 0))[0] >= least}
    children = {}
    for path in kept:
        children.setdefault(path[:-1], []).append(path)
    rows = []

    def add(top):
        def order(path):
            size, count = new.get(path, (0, 0))
            before = old.get(path, (0, 0))
            if not then:
                return size, count, path[-1]
            return (abs(size - before[0]), size, abs(count - before[1]), count, path[-1])
        for path in sorted(children.get(top, []), key=order, reverse=True):
            size, count = new.get(path, (0, 0))
            before = old.get(path, (0, 0))
            rows.append((len(path), path[-1], size, count) +
                        ((size - before[0], count - before[1]) if then else ()))
            add(path)
    add(())
    return rows


def tree_rows(rows, depth=1):
    out = []
    for row in rows:
        frame = row["traceback"][0]
        diff = (row["size_diff"], row["count_diff"]) if "size_diff" in row else ()
        out.append((depth, (frame["file"], frame["line"]), row["size"], row["count"]) + diff)
        out += tree_rows(row["children"], depth + 1)
    return out


def check_tree(memtop, rng, number):
    """Both directions, made at once or as they are opened, as Python sums them."""
    new, old = random_heap(rng), random_heap(rng) if rng.random() < 0.3 else None
    inverted, frames = rng.random() < 0.7, rng.choice([0, 0, 1, 2, 10])
    least = rng.choice([0, 0, 0, 500, 200000])
    theirs, texts = random_filters(rng)
    memtop.send("heap")
    if old is not None:
        send_blocks(memtop, rng, {}, old)
        memtop.send("old", "other")
    send_blocks(memtop, rng, {}, new)
    for text in texts:
        memtop.send("filter", escape(text))
    if least:
        memtop.send("filter", "size >= %d" % least)
    memtop.send("view", "tree", "tj" + "i" * inverted + "%d" % frames)
    now, then = snapshot_of(new), snapshot_of(old) if old is not None else None
    if theirs:
        now, then = now.filter_traces(theirs), then and then.filter_traces(theirs)
    got = tree_rows(json.loads("\n".join(memtop.lines()))["tree"])
    want = expected_tree(now, then, inverted, frames, least)
    if got != want:
        raise SystemExit("tree %d (seed %d): inverted %s, %d frames, filters %r %d\n%r\n%r" %
                         (number, SEED, inverted, frames, texts, least, want, got))


def check_glob(memtop, rng):
    pattern, name = random_pattern(rng), rng.choice(NAMES)
    if rng.random() < 0.5:
        name = "".join(rng.choice("ax!^-]é[bz/") for _ in range(rng.randrange(4)))
    memtop.send("glob", escape(pattern), escape(name))
    want = "1" if fnmatch.fnmatchcase(name, pattern) else "0"
    got = memtop.line()
    if got != want:
        raise SystemExit("glob %r on %r: fnmatch says %s, memtop %r" %
                         (pattern, name, want, got))


def main():
    rng = random.Random(SEED)
    memtop = Memtop()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(CASES):
            check(memtop, rng, number, folder)
            check_tree(memtop, rng, number)
    for _ in range(CASES * 10):
        check_glob(memtop, rng)
    memtop.process.stdin.close()
    status = memtop.process.wait()
    print("%d heaps and %d globs as CPython %s" % (CASES, CASES * 10, sys.version.split()[0]))
    return status


if __name__ == "__main__":
    sys.exit(main())
