#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs in C, C++ and Rust, and a library, whose truth is known, each run anew: what is lost, block by
block and line by line; what holds the rest, by which way; and of which class it is.  RUNS=20 runs so often.

What is so stands behind //= at the line that allocates:

    [label] STATE BLOCKS BYTES [type CLASS] [by ROOT -> ... [label of a line]]

STATE: lost (no other block has a pointer to it), indirect (one has), both (some of them so), held,
inside (held by a pointer to its inside).  No other line may have lost anything."""
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "known")
CC = os.environ.get("CC", "gcc").split()
PROGRAMS = [
    ("known.c", CC + ["-g", "-O0", "-w", "-pthread"], None),
    # Its segments share pages of the file.
    ("known.c", CC + ["-g", "-O0", "-w", "-pthread", "-fuse-ld=lld"], "ld.lld"),
    # Debug information has addresses in a table of their own.
    ("known.c", ["clang", "-g", "-gdwarf-5", "-O0", "-w", "-pthread"], None),
    ("known.cc", ["g++", "-std=c++17", "-g", "-O0", "-w"], None),
    # A library, and the program that uses it.
    ("library.cc", ["g++", "-std=c++17", "-g", "-O0", "-w", "-pthread"], None),
    ("known.rs", ["rustc", "-g", "--edition=2021"], None),
]
SAID = re.compile(r"//= (?:\[(?P<label>\w+)\] )?(?P<state>lost|indirect|both|held|inside)"
                  r" (?P<blocks>\d+) (?P<bytes>\d+)(?: type (?P<type>.*?))?(?: by (?P<by>.*))?$")
OPTIONAL = {"rustc": os.path.expanduser("~/.cargo/bin/rustc")}


class Skip(Exception):
    """There is nothing to test with."""


def truth_of(source):
    """({line: what is said there}, {line: label})."""
    said, labels = {}, {}
    with open(os.path.join(HERE, source), encoding="utf-8") as text:
        for number, line in enumerate(text, 1):
            found = SAID.search(line.rstrip("\n"))
            assert bool(found) == ("//=" in line), "%s:%d: not understood" % (source, number)
            if found:
                said[number] = found.groupdict()
                labels[number] = found["label"]
    return said, labels


def build(source, command, linker, folder):
    found = shutil.which(command[0])
    if not found and os.access(OPTIONAL.get(command[0], ""), os.X_OK):
        found = OPTIONAL[command[0]]
    if not found or (linker and not shutil.which(linker)):
        raise Skip("no %s here: %s was not tested with it" % (linker or command[0], source))
    program = os.path.join(folder, "known")
    command = [found] + command[1:] + [os.path.join(HERE, source)]
    if source.startswith("library"):
        library = os.path.join(folder, "libknown.so")
        subprocess.run(command + ["-shared", "-fPIC", "-o", library], check=True)
        command += ["-DPROGRAM", library, "-Wl,-rpath," + folder]
    subprocess.run(command + ["-o", program], check=True)
    return program


def rows_of(program, folder):
    """What a look finds in a run of its own, by stack."""
    output = os.path.join(folder, "run.memtop")
    traced = subprocess.Popen([MEMTOP, "record", "--quiet", "--force", "-o", output, "--", program],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert traced.stdout.read(1) == b"."
        looked = subprocess.run([MEMTOP, "ctl", str(traced.pid), "heap", "look"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        traced.stdin.close()
        traced.stdout.close()
        status = traced.wait()
    if looked.returncode and "kernel does not let" in looked.stderr:
        raise Skip(looked.stderr.strip())
    assert not looked.returncode and not status, (looked.stderr, status)
    said = subprocess.run([MEMTOP, "report", "--json", "--limit=0", "--by=traceback", output + "@look"],
                          check=True, stdout=subprocess.PIPE).stdout
    document = json.loads(said)
    assert document["look"]["unread"] == 0
    return document["statistics"]


def chain_of(held, labels, source):
    """A chain with labels for places, and without the file of a variable or a frame."""
    def label(found):
        return "[%s]" % labels.get(int(found[1]))
    steps = []
    for step in held["chain"]:
        step = re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)* ?%s:(\d+)\)" % re.escape(source), label, step)
        step = re.sub(r" \(%s\)" % re.escape(source), "", step)
        step = re.sub(r" \((\w+) (?:%s|known)\)" % re.escape(source), r" (\1)", step)
        step = re.sub(r"(in \w+\(\)) %s:\d+" % re.escape(source), r"\1", step)
        steps.append(re.sub(r" \(known(\.[0-9a-f]+-cgu\.\d+)?\)$", "", step))
    return " -> ".join(steps)


def by_line(rows, source, labels):
    """{line of the source: what its blocks are}, 0 for those that have none on their stack."""
    lines = {}
    for row in rows:
        own = [f["line"] for f in row["traceback"] if os.path.basename(f["file"] or "") == source]
        line = lines.setdefault(own[-1] if own else 0, {
            "blocks": 0, "bytes": 0, "lost": [0, 0], "garbage": [0, 0], "inside": [0, 0],
            "types": set(), "chains": {}})
        line["blocks"] += row["count"]
        line["bytes"] += row["size"]
        for name, key in (("lost", "unreachable"), ("garbage", "garbage"), ("inside", "inside")):
            line[name][0] += row[key + "_blocks"]
            line[name][1] += row[key]
        if row["count"]:
            line["types"].add(row["type"])
        for held in row["held_by"]:
            chain = chain_of(held, labels, source)
            line["chains"][chain] = line["chains"].get(chain, 0) + held["count"]
    return lines


def wrong_of(said, found):
    """What does not agree at one line: [(what, expected, found)]."""
    amount = [int(said["blocks"]), int(said["bytes"])]
    none = [0, 0]
    lost = amount if said["state"] in ("lost", "indirect", "both") else none
    expected = {"lost": lost, "inside": amount if said["state"] == "inside" else none}
    if said["state"] != "both":
        expected["garbage"] = amount if said["state"] == "lost" else none
    wrong = [(name, value, found[name]) for name, value in expected.items() if found[name] != value]
    if [found["blocks"], found["bytes"]] != amount:
        wrong.append(("blocks", amount, [found["blocks"], found["bytes"]]))
    if said["type"] and not all(fnmatch.fnmatchcase(kind or "-", said["type"].replace("[]", "[[]]"))
                                for kind in found["types"]):
        wrong.append(("type", said["type"], found["types"]))
    if said["by"] and found["chains"] != {said["by"]: amount[0]}:
        wrong.append(("held by", said["by"], found["chains"]))
    return wrong


def judge(source, said, found):
    wrong = ["%s:%d: %s: %s expected, %s found" % ((source, line) + difference)
             for line, truth in said.items()
             for difference in (wrong_of(truth, found[line]) if line in found else
                                [("blocks", truth["blocks"], None)])]
    wrong += ["%s:%d: lost %s" % (source, line, row["lost"]) for line, row in found.items()
              if line not in said and row["lost"] != [0, 0]]
    for text in wrong:
        print(text)
    return not wrong


def main():
    good, skipped = True, []
    for source, command, linker in PROGRAMS:
        said, labels = truth_of(source)
        with tempfile.TemporaryDirectory() as folder:
            try:
                program = build(source, command, linker, folder)
                for _ in range(int(os.environ.get("RUNS", "2"))):
                    good = judge(source, said, by_line(rows_of(program, folder), source, labels)) and good
            except Skip as skip:
                skipped.append(str(skip))
                continue
        print("%s: %d lines" % (source, len(said)))
    for text in skipped:
        print(text)
    return 0 if good and len(skipped) < len(PROGRAMS) else 1 if not good else 77


if __name__ == "__main__":
    sys.exit(main())
