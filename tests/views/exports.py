#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random heaps, exported by memtop and read by the readers that others wrote:
Python's tracemalloc (the same rows, filters and diffs as memtop's own views),
protoc for pprof, Python's XML and JSON readers for flame graphs and speedscope.

    tests/views/exports.py [CASES [SEED]]
"""
import collections
import gzip
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import tracemalloc
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import property as rows                                               # noqa: E402

CASES = int(sys.argv[1]) if len(sys.argv) > 1 else 150
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 20240608
PROTO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "profile.proto")
FUNCTIONS = ["main", "a;b", "<T as X>::f", "operator new(unsigned long)", "\"q\" & 'r'", "é",
             "\udcff\udcfe", "]]>", "a\x01\x1b[31m", "\ufffe", "\u202egnp", "x" * 300]


def check(ok, *what):
    if not ok:
        raise SystemExit("seed %d: %r" % (SEED, what))


def native_heap(rng):
    """Frames of memtop's own kind: (file, line, function, module, flags)."""
    files = [name for name in rows.NAMES if name]
    frames = []
    for _ in range(8):
        module = rng.choice(["/bin/worker", "/lib/<lib>&.so", "/lib/\udcff.so"])
        kind = rng.randrange(3)
        if kind == 0:
            frames.append((module, 0, rng.choice(FUNCTIONS), module, ""))
        elif kind == 1:
            frames.append((module, 0, "+0x1%d" % rng.randrange(9), module, "u"))
        else:
            frames.append((rng.choice(files), rng.choice([1, 2, 70000]),
                           rng.choice(FUNCTIONS), module, rng.choice(["", "w", "i"])))
    stacks = [tuple(rng.choice(frames) for _ in range(rng.choice([0, 1, 2, 5, 30])))
              for _ in range(rng.randrange(1, 10))]
    sizes = [0, 1, 24, 300, 70000, 2 ** 31 - 1, 2 ** 31, 2 ** 40]
    return [(rng.choice([0, 0, 1, 2, 300]), rng.randrange(1, 3), rng.choice(sizes),
             rng.choice([1, 1, 2, 5, 1500]), rng.choice(stacks))
            for _ in range(rng.randrange(0, 14))]


def send(memtop, heap):
    sent = {}
    memtop.send("heap")
    for domain, thread, size, count, stack in heap:
        for frame in stack:
            if frame not in sent:
                sent[frame] = str(len(sent) + 1)
                file, line, function, module, flags = frame
                memtop.send("f", rows.escape(file), str(line), rows.escape(function),
                            rows.escape(module), "1", flags)
        memtop.send("b", str(domain), str(thread), str(size), str(count),
                    *[sent[frame] for frame in stack])


def exported(memtop, name, folder):
    path = os.path.join(folder, name)
    memtop.send("export", name, path)
    answer = memtop.lines()
    check(answer == [], name, answer)
    return path


def view(memtop, key, cumulative):
    memtop.send("view", key, "t" + ("c" if cumulative else ""))
    return memtop.lines()


def frame_pair(frame):
    file, line, function, _, _ = frame
    return (file if line or not function else file + "!" + function, line)


def printed(line):
    """As memtop prints what could steer a terminal."""
    for character, shown in (("\x01", "\\x01"), ("\x1b", "\\x1b"), ("\u202e", "\\u202e")):
        line = line.replace(character, shown)
    return line


def check_tracemalloc(memtop, heap, folder, rng):
    snapshot = tracemalloc.Snapshot.load(exported(memtop, "tracemalloc", folder))
    check(snapshot.traceback_limit == 64, snapshot.traceback_limit)
    # Per domain and stack: as many blocks, the same bytes, sizes all but equal.
    want, got = collections.defaultdict(list), collections.defaultdict(list)
    for domain, _, size, count, stack in heap:
        pairs = tuple(map(frame_pair, stack)) or (("<unknown>", 0),)
        want[{0: 1, 1: 0}.get(domain, domain), pairs] += [size] * count
    for domain, size, frames, total in snapshot.traces._traces:
        check(total == len(frames), total, frames)
        got[domain, frames].append(size)
    check(sorted(want) == sorted(got), sorted(want), sorted(got))
    for key, sizes in want.items():
        check(len(sizes) == len(got[key]) and sum(sizes) == sum(got[key]), key, sizes, got[key])
    # By lineno alone: a file name of a frame without line is its module's path
    # for memtop, but "MODULE!FUNCTION" here.
    for cumulative in (False, True):
        ours = view(memtop, "lineno", cumulative)
        theirs = [printed(line) for line in
                  rows.expected(snapshot.statistics("lineno", cumulative), "lineno")]
        check(ours == theirs, cumulative, ours, theirs)
    check(not any(s.size_diff for s in snapshot.compare_to(snapshot, "lineno")), "diff")


def live(heap):
    return [(size * count, count) for _, _, size, count, _ in heap]


def check_folded(memtop, heap, folder):
    with open(exported(memtop, "folded", folder), encoding="utf-8") as file:
        lines = file.read().split("\n")
    check(lines.pop() == "", "no newline at the end")
    check(sum(int(line.rsplit(" ", 1)[1]) for line in lines) ==
          sum(size for size, _ in live(heap)), lines)
    depths = {line.count(";") + 1 for line in lines}
    check(depths <= {len(stack) or 1 for _, _, _, _, stack in heap}, depths)


def check_speedscope(memtop, heap, folder):
    with open(exported(memtop, "speedscope", folder), encoding="utf-8") as file:
        document = json.load(file)
    check(document["$schema"] == "https://www.speedscope.app/file-format-schema.json")
    frames, profiles = document["shared"]["frames"], document["profiles"]
    # What the published schema asks for, and nothing that it does not know.
    check(set(document) == {"$schema", "shared", "exporter", "name", "profiles",
                            "activeProfileIndex"} and set(document["shared"]) == {"frames"})
    check(isinstance(document["exporter"], str) and isinstance(document["name"], str))
    for frame in frames:
        check(isinstance(frame["name"], str) and set(frame) <= {"name", "file", "line"}, frame)
        check(isinstance(frame.get("file", ""), str), frame)
        check(type(frame.get("line", 0)) is int, frame)                 # noqa: E721
    check(0 <= document["activeProfileIndex"] < len(profiles), "active")
    sums = {}
    for profile in profiles:
        check(set(profile) == {"type", "name", "unit", "startValue", "endValue", "samples",
                               "weights"} and profile["type"] == "sampled", profile)
        check(profile["unit"] in ("none", "bytes"), profile["unit"])
        check(len(profile["samples"]) == len(profile["weights"]), "weights")
        check(all(0 <= n < len(frames) for sample in profile["samples"] for n in sample), "frame")
        check(profile["startValue"] == 0 and profile["endValue"] == sum(profile["weights"]), "end")
        sums[profile["name"]] = sum(profile["weights"])
    check(sums["bytes held"] == sum(size for size, _ in live(heap)), sums)
    check(sums.get("blocks held", 0) == sum(count for _, count in live(heap)), sums)


def text_format(lines):
    """protobuf's text format as {name: [values]}."""
    message = collections.defaultdict(list)
    for line in lines:
        line = line.strip()
        if line == "}":
            break
        if line.endswith("{"):
            message[line[:-1].strip()].append(text_format(lines))
        else:
            name, value = line.split(": ", 1)
            message[name].append(value if value[0] == '"' else
                                 int(value) if value.isdigit() else value)
    return message


def check_pprof(memtop, heap, folder):
    with gzip.open(exported(memtop, "pprof", folder)) as file:
        raw = file.read()
    run = subprocess.run(["protoc", "--decode=profiles.Profile",
                          "-I" + os.path.dirname(PROTO), PROTO],
                         input=raw, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    check(run.returncode == 0 and not run.stderr, run.stderr)
    profile = text_format(iter(run.stdout.decode("utf-8").splitlines()))
    check(all(not name.isdigit() for name in profile), "an unknown field", list(profile))
    strings = profile["string_table"]
    check(strings[0] == '""', strings[:1])
    check([strings[t["type"][0]] for t in profile["sample_type"]] ==
          ['"inuse_objects"', '"inuse_space"', '"alloc_objects"', '"alloc_space"'], "types")
    check(strings[profile["default_sample_type"][0]] == '"inuse_space"', "default")
    functions = {f["id"][0]: f for f in profile["function"]}
    locations = {l["id"][0]: l for l in profile["location"]}
    mappings = {m["id"][0]: m for m in profile["mapping"]}
    check(len(functions) == len(profile["function"]) and len(locations) ==
          len(profile["location"]) and 0 not in functions and 0 not in locations, "ids")
    # What has a system name pprof takes for mangled, and strips of all in <>.
    check(not any(f["system_name"] for f in functions.values()), "a system name")
    for location in locations.values():
        check(location["line"][0]["function_id"][0] in functions, location)
        check(all(m in mappings for m in location["mapping_id"]), location)
    sums = [0] * 4
    for sample in profile["sample"]:
        check(all(l in locations for l in sample["location_id"]) and
              len(sample["value"]) == 4, sample)
        sums = [a + b for a, b in zip(sums, sample["value"])]
    size, count = (sum(part) for part in zip((0, 0), *live(heap)))
    check(sums == [count, size, count, size], sums, count, size)


def check_flamegraph(memtop, heap, folder):
    path = exported(memtop, "flamegraph", folder)
    svg = "{http://www.w3.org/2000/svg}"
    root = ElementTree.parse(path).getroot()
    total = sum(size for size, _ in live(heap))
    check(root.tag == svg + "svg" and int(root.get("data-total")) == total, root.attrib)
    boxes = []
    for group in root.iter(svg + "g"):
        rect, title = group.find(svg + "rect"), group.find(svg + "title").text
        start, value = int(group.get("data-s")), int(group.get("data-v"))
        boxes.append((int(rect.get("y")), start, start + value, title))
        check(len(title.split("\n")) in (2, 3), title)
    # Boxes of a row do not overlap, and each stands within one of the row above.
    above = {}
    for y, start, end, title in sorted(boxes):
        row = above.setdefault(y, [])
        check(not row or row[-1][1] <= start, "overlap", title)
        row.append((start, end))
        check(y == 58 or any(s <= start and end <= e for s, e in above[y - 18]), "alone", title)
    if total:
        check(above[58] == [(0, total)], above[58])
    text = open(path, encoding="utf-8").read()
    check("http" not in re.sub(r'xmlns="[^"]*"', "", text), "it names another place")
    check(text.count("<script>") == 1 and text.count("]]>") == 1, "script")


def check_diffs(memtop, rng, folder):
    """Filters and diffs over two pickles: as tracemalloc's and memtop's own."""
    for _ in range(2):
        old, new = rows.random_heap(rng), rows.random_heap(rng)
        snapshots = []
        for heap in (old, new):
            memtop.send("heap")
            rows.send_blocks(memtop, random.Random(1), {}, heap)
            snapshots.append(tracemalloc.Snapshot.load(exported(memtop, "tracemalloc", folder)))
        theirs, texts = rows.random_filters(rng)
        if theirs:
            snapshots = [snapshot.filter_traces(theirs) for snapshot in snapshots]
        memtop.send("heap")
        rows.send_blocks(memtop, random.Random(1), {}, old)
        memtop.send("old", "other")
        rows.send_blocks(memtop, random.Random(1), {}, new)
        for text in texts:
            memtop.send("filter", rows.escape(text))
        for key in ("lineno", "filename", "traceback"):
            got = view(memtop, key, False)
            want = rows.expected(snapshots[1].compare_to(snapshots[0], key), key)
            check(got == want, key, texts, got, want)


def have_protoc():
    try:
        return subprocess.run(["protoc", "--version"], stdout=subprocess.PIPE).returncode == 0
    except OSError:
        print("no protoc here: pprof was not decoded")
        return False


def main():
    rng = random.Random(SEED)
    memtop = rows.Memtop()
    protoc = have_protoc()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(CASES):
            heap = native_heap(rng)
            send(memtop, heap)
            check_tracemalloc(memtop, heap, folder, rng)
            check_folded(memtop, heap, folder)
            check_speedscope(memtop, heap, folder)
            check_flamegraph(memtop, heap, folder)
            if protoc and number % 5 == 0:
                check_pprof(memtop, heap, folder)
            check_diffs(memtop, rng, folder)
    memtop.process.stdin.close()
    print("%d heaps in five formats, read by CPython %s%s" %
          (CASES, sys.version.split()[0], " and protoc" if protoc else ""))
    return memtop.process.wait()


if __name__ == "__main__":
    sys.exit(main())
