#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of make coverage: lines that ran, of those that can, by room and file,
out of what gcov says of each object.

    tests/coverage/table.py build/coverage [--page]

--page: as share/doc/COVERAGE.md has it, of files those below the mark, without lines."""
import collections
import glob
import json
import os
import subprocess
import sys

MARK = 85                       # per cent; what is below is named
with open("tests/lint/rooms.txt", encoding="ascii") as walls:
    ROOMS = [line.split(":")[0] for line in walls if not line.startswith("tracer/preload")]


def counts_of(data):
    """{source file: {line: count}} of one object."""
    said = subprocess.run(["gcov", "--json-format", "--stdout", data], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    found = {}
    for line in said.decode().splitlines():
        for file in json.loads(line)["files"]:
            lines = found.setdefault(file["file"], {})
            for entry in file["lines"]:
                number = entry["line_number"]
                lines[number] = lines.get(number, 0) + entry["count"]
    return found


def gather(build):
    files = collections.defaultdict(collections.Counter)
    for room in ROOMS:
        for notes in glob.glob(os.path.join(build, room, "*.gcno")):
            data = notes[:-4] + "gcda"
            for name, lines in counts_of(data if os.path.exists(data) else notes).items():
                if os.path.dirname(name) in ROOMS:
                    for number, count in lines.items():
                        files[name][number] += count
    return files


def share(ran, all_lines):
    return 100.0 * ran / all_lines if all_lines else 100.0


def rows_of(files):
    for name in sorted(files):
        lines = files[name]
        yield name, sum(1 for count in lines.values() if count), len(lines)


def missing(lines):
    """The lines that never ran, as ranges."""
    able, ranges = sorted(lines), []
    for number in able:
        if lines[number]:
            ranges.append(None)
        elif ranges and ranges[-1]:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join("%d" % a if a == b else "%d-%d" % (a, b) for a, b in filter(None, ranges))


def main():
    build, page = sys.argv[1], "--page" in sys.argv
    files = gather(build)
    rows = list(rows_of(files))
    sums = collections.OrderedDict((room, [0, 0]) for room in ROOMS)
    for name, ran, length in rows:
        sums[os.path.dirname(name)][0] += ran
        sums[os.path.dirname(name)][1] += length
    total = [sum(pair[i] for pair in sums.values()) for i in range(2)]
    print("| room | lines | ran | % |\n|---|---|---|---|")
    for room, (ran, length) in list(sums.items()) + [("all", total)]:
        if not length:
            continue
        print("| %s | %d | %d | %.1f |" % (room, length, ran, share(ran, length)))
    print("\n| file | lines | ran | % |" + ("" if page else " never ran |"))
    print("|---|---|---|---|" + ("" if page else "---|"))
    for name, ran, length in rows:
        low = share(ran, length) < MARK
        line = "| `%s` | %d | %d | %.1f |" % (name, length, ran, share(ran, length))
        if not page:
            print(line + " %s |" % (missing(files[name]) if low else ""))
        elif low:
            print(line)


main()
