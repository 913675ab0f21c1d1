#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One event: nanoseconds of the target's own CPU per malloc(64) and free, by
call depth, by how much of the stack changed, and by part of the tracer.

	ROUNDS=3 tests/bench/events.py

`fakemem` is a consumer that throws all away: the tracer with no reader beside
it.  Parts are the share of perf's samples in each file of the tracer (inlined
functions count where they were inlined).  Prints; judges nothing."""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile
import bench

ROUNDS = int(os.environ.get("ROUNDS", "3"))
DEPTH = os.path.join(bench.WORK, "depth")
LIBRARY = os.path.join(os.path.dirname(bench.MEMTOP), "libmemtop.so")
FAKEMEM = os.path.join(bench.B, "tests/preload/fakemem")
RECORD = [bench.MEMTOP, "record", "--quiet", "--force", "-o", "m.memtop", "--"]
DEPTHS = (5, 12, 25, 50, 100)
# (depth, the newest frames whose history changed)
CHANGES = ((12, 0), (12, 1), (12, 4), (12, 8), (50, 0), (50, 1), (50, 12), (50, 46))
PARTS = ((12, 0), (12, 8), (50, 0), (50, 46))
PAIRS = 1000000


def consumers():
    found = {"bare": ([], 5), "memtop": (RECORD, 1)}
    if os.path.exists(FAKEMEM):
        found["fakemem"] = ([FAKEMEM, "--discard", LIBRARY], 1)
    if shutil.which("heaptrack"):
        found["heaptrack"] = ([shutil.which("heaptrack"), "-o", "h"], 0.2)
    else:
        print("skipped: heaptrack is not installed")
    return found


def nanoseconds(prefix, depth, split, pairs, folder):
    """The target's by itself, and with all that traces it; None where the run failed.  The
    program's line is the only bare number."""
    text, cpu = bench.output_and_cpu(
        prefix + [DEPTH, str(depth), str(split), str(int(pairs))], folder)
    for line in (text or "").splitlines():
        if re.fullmatch(r"[0-9.]+", line):
            return float(line), cpu / pairs * 1e9
    return None, None


def middle(values, which=0):
    values = [v[which] for v in values if v[which] is not None]
    return "%.0f" % bench.median(values) if values else "-"


def by_depth(folder):
    found, rows = consumers(), []
    taken = collections.defaultdict(list)
    for _ in range(ROUNDS):
        for depth in DEPTHS:
            for name, (prefix, share) in found.items():
                taken[depth, name].append(nanoseconds(prefix, depth, 0, PAIRS * share, folder))
    for name in found:
        rows.append([name] + [middle(taken[depth, name]) for depth in DEPTHS])
        rows.append([name + ", together"] + [middle(taken[depth, name], 1) for depth in DEPTHS])
    bench.show("Nanoseconds of the target's CPU per malloc(64) and free, the same stack each time, "
               "by call depth;\ntogether: all CPU of the whole command, its start too.", ["", *map(str, DEPTHS)], rows)


def by_change(folder):
    taken = collections.defaultdict(list)
    found = {k: v for k, v in consumers().items() if k in ("bare", "memtop")}
    for _ in range(ROUNDS):
        for depth, split in CHANGES:
            for name, (prefix, share) in found.items():
                taken[depth, split, name].append(
                    nanoseconds(prefix, depth, split, PAIRS * share, folder))
    bench.show("The same, when two call paths alternate that part above the newest N frames of "
               "DEPTH (0: one path).",
               ["depth/newest", *("%d/%d" % change for change in CHANGES)],
               [[name + more] + [middle(taken[d, s, name], which) for d, s in CHANGES]
                for name in found for which, more in enumerate(("", ", together"))])


def files_of_functions():
    done = subprocess.run(["nm", "-l", "--defined-only", LIBRARY], stdout=subprocess.PIPE, text=True,
                          check=False)
    found = {}
    for line in done.stdout.splitlines():
        match = re.match(r"\S+ \S (\S+)\t.*/(\S+):\d+$", line)
        if match:                       # malloc and others are declared in headers
            found[match[1]] = match[2] if match[2].endswith(".c") else "hooks.c"
    return found


def profile(depth, split, folder):
    """{part: share of the target's samples}, {function: share}, ns a pair."""
    done = subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "4000", "-o", "p.data"] +
                          RECORD + [DEPTH, str(depth), str(split), str(PAIRS * 3)], cwd=folder,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    numbers = [l for l in done.stdout.splitlines() if re.fullmatch(r"[0-9.]+", l)]
    text = subprocess.run(["perf", "report", "-i", "p.data", "--stdio", "--comm", "depth", "-F",
                           "sample,dso,sym", "-g", "none"], cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False).stdout
    files, parts, functions, total = files_of_functions(), collections.Counter(), \
        collections.Counter(), 0
    for line in text.splitlines():
        match = re.match(r"\s+(\d+)\s+(\S+)\s+\[(.)\]\s+(\S+)", line)
        if not match:
            continue
        count, dso, kind, name = int(match[1]), match[2], match[3], match[4]
        total += count
        functions["kernel" if kind == "k" else name if dso == "libmemtop.so"
                  else dso + ":" + name] += count
        parts["kernel" if kind == "k" else files.get(name, "libmemtop.so")
              if dso == "libmemtop.so" else dso] += count
    if not total or not numbers:
        return None
    return {k: v / total for k, v in parts.items()}, {k: v / total for k, v in functions.items()}, \
        float(numbers[0])


def by_part(folder):
    if not shutil.which("perf"):
        print("skipped: parts: perf is not installed")
        return
    found = [(case, profile(*case, folder)) for case in PARTS]
    found = [(case, one) for case, one in found if one]
    if not found:
        print("skipped: parts: perf may not sample here")
        return
    for which, title in ((0, "by file"), (1, "by function")):
        names = sorted({n for _, one in found for n, share in one[which].items()
                        if share * one[2] >= 1},
                       key=lambda n, w=which: -max(one[w].get(n, 0) for _, one in found))
        rows = [[n] + ["%.0f" % (one[which].get(n, 0) * one[2]) for _, one in found] for n in names]
        rows.append(["all"] + ["%.0f" % one[2] for _, one in found])
        bench.show("Where they go, %s: nanoseconds a pair under memtop record and perf "
                   "(depth/newest that changed)." % title,
                   ["", *("%d/%d" % case for case, _ in found)], rows)


def main():
    print(bench.machine())
    with tempfile.TemporaryDirectory() as folder:
        by_depth(folder)
        by_change(folder)
        by_part(folder)
    sys.stdout.flush()


main()
