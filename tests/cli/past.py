#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments of the history against real snapshots that were taken at the same ticks: report,
diff and export by time, by mark and from the end, to the byte, for each pair of them, also
of a tree of processes, of an exec, of a budget of 1 MiB, and without a history.  And against
a replay of the worker's own log of events: PAIRS=1000 for more pairs of moments by chance.
"""
import ast
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile

MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
WORKERS = os.path.abspath(os.path.join(os.environ.get("B", "build"), "tests/workers"))
STEPS = 12
SAME = ("key", "size", "count", "allocations", "total", "traceback", "thread", "domain",
        "size_diff", "count_diff", "old_size")
PAIRS = int(os.environ.get("PAIRS", "60"))
REPLAYED = 200                          # steps
KINDS = ("lineno", "traceback", "thread", "module")


def run(*arguments, status=0):
    done = subprocess.run([MEMTOP, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    return done.stdout.decode() if not status else done.stderr.decode()


def refused(sentence, *arguments, status=2):
    said = run(*arguments, status=status)
    assert sentence in said and said.count("\n") == 1, said


def rows(document):
    found = [{key: row[key] for key in SAME if key in row} for row in document["statistics"]]
    return sorted(found, key=lambda row: json.dumps(row, sort_keys=True))


def ask(command, *arguments):
    return json.loads(run(command, "--json", *arguments))


def same(one, other, what):
    for key in ("current", "blocks", "allocations", "frees", "total"):
        assert one["traced"][key] == other["traced"][key], (what, key)
    assert rows(one) == rows(other), what


def record(name, *arguments, options=()):
    path = os.path.join(FOLDER, name)
    run("record", "--quiet", *options, "-o", path, "--", *arguments)
    return path


def times_of(path):
    times = {}
    for step in range(STEPS):
        snapshot = ask("report", f"{path}@s{step}")
        times[step] = snapshot["moment"]["time"]
        for kind in KINDS:
            wanted = ask("report", f"--by={kind}", f"{path}@s{step}")
            same(wanted, ask("report", f"--by={kind}", f"{path}@mark:m{step}"), (kind, step))
    return times


def each_moment_is_its_snapshot(path):
    times = times_of(path)
    for step, time in times.items():
        found = ask("report", f"{path}@{time:.6f}s")
        same(ask("report", f"{path}@s{step}"), found, time)
        assert found["moment"]["time"] == time
        for row in found["statistics"]:
            assert row["temporary"] is None and row["peak"] is None
    for old in range(STEPS):
        for new in range(STEPS):
            wanted = ask("diff", "--by=traceback", f"{path}@s{old}", f"{path}@s{new}")
            found = ask("diff", "--by=traceback", f"{path}@mark:m{old}", f"{path}@mark:m{new}")
            same(wanted, found, (old, new))
    return times


def replay(log):
    """What each function holds, and ever allocated, at the end of each step."""
    held, ever, states = {}, {}, []
    with open(log, encoding="ascii") as lines:
        for line in lines:
            sign, *words = line.split()
            if sign == ".":
                states.append({function: (sum(blocks.values()), len(blocks), *ever[function])
                               for function, blocks in held.items()})
            elif sign == "-":
                del held[words[0]][words[1]]
            else:
                function, place, size = words[0], words[1], int(words[2])
                held.setdefault(function, {})[place] = size
                count, total = ever.get(function, (0, 0))
                ever[function] = count + 1, total + size
    return states


def step_of_the_peak(log):
    """In which step the most was held."""
    blocks, step, now, most, found = {}, 0, 0, 0, 0
    with open(log, encoding="ascii") as lines:
        for line in lines:
            sign, *words = line.split()
            if sign == ".":
                step += 1
                continue
            place = tuple(words[:2])
            now -= blocks.pop(place, 0)
            if sign == "+":
                blocks[place] = int(words[2])
                now += blocks[place]
            if now > most:
                most, found = now, step
    return found


def the_peak_is_dated_when_it_was(path, log):
    """Behind the mark before it; a round of the reader, so a mark or two, may pass until it is seen."""
    step = step_of_the_peak(log)
    assert 2 < step < REPLAYED - 2, step
    before, time, behind, end = (ask("report", "--limit=1", f"{path}@{moment}")["moment"]["time"] for moment
                                 in (f"mark:m{step - 1}", "peak", f"mark:m{step + 2}", "exit"))
    assert before <= time <= behind < end, (step, before, time, behind, end)


def pairs_agree_with_the_events():
    log = os.path.join(FOLDER, "log")
    path = record("replay.memtop", f"{WORKERS}/past", str(REPLAYED), log)
    states = replay(log)
    assert len(states) == REPLAYED, len(states)
    the_peak_is_dated_when_it_was(path, log)
    seed = int(os.environ.get("SEED", "1"))
    chance = random.Random(seed)
    for _ in range(PAIRS):
        old, new = sorted(chance.sample(range(REPLAYED), 2))
        document = ask("diff", "--by=function", f"{path}@mark:m{old}", f"{path}@mark:m{new}")
        found = {row["key"]: row for row in document["statistics"]}
        for function, (size, count, allocations, total) in states[new].items():
            old_size, old_count = states[old].get(function, (0, 0))[:2]
            row = found[function]
            assert (row["size"], row["count"], row["allocations"], row["total"]) == \
                (size, count, allocations, total), (seed, old, new, function, row)
            assert (row["old_size"], row["size_diff"], row["count_diff"]) == \
                (old_size, size - old_size, count - old_count), (seed, old, new, function, row)


def the_end_is_the_exit(path):
    for moment in ("-0s", "9d"):
        same(ask("report", f"{path}@exit"), ask("report", f"{path}@{moment}"), moment)


def the_start_is_the_first_tick(path):
    first = ask("report", path)["history"]["begins"]
    assert 0 < first < 1, first
    assert ask("report", f"{path}@0s")["moment"]["time"] == first
    same(ask("report", f"{path}@{first:.6f}s"), ask("report", f"{path}@0s"), "0s")
    refused(f"its history begins at {first:.6f}s", "report", f"{path}@{first - 1e-6:.6f}s")


def exports_follow(path):
    out = [os.path.join(FOLDER, name) for name in ("real.folded", "past.folded")]
    run("export", "-o", out[0], f"{path}@s3")
    run("export", "-o", out[1], f"{path}@mark:m3")
    with open(out[0], "rb") as real, open(out[1], "rb") as past:
        assert real.read() == past.read()
    refused("a moment of the history does not have it", "export", "--format=folded",
            "--sort=peak", f"{path}@mark:m3")
    refused("a moment of the history does not have it", "report", "--sort=temporary",
            f"{path}@mark:m3")
    for field in "temporary", "peak":
        refused(f"the filter asks for {field}, which a moment of the history does not have",
                "report", f"--filter=not ({field} > 10)", f"{path}@mark:m3")
    run("report", "--filter=temporary > 10", f"{path}@peak")
    text = run("report", f"{path}@mark:m3")
    time = ask("report", f"{path}@mark:m3")["moment"]["time"]
    assert f"at {time:.6f}s (00:00:0" in text, text


def refusals(path):
    refused('no mark of that text', "report", f"{path}@mark:nothing")
    refused("its history begins at", "report", f"{path}@-1d")
    refused("and times such as 90s", "report", f"{path}@5x")
    none = record("none.memtop", f"{WORKERS}/past", "2", options=("--history=0",))
    refused("it has no history", "report", f"{none}@0s")
    refused("it has no history", "report", f"{none}@mark:m1")
    refused("0 or a size from 1M", "record", "--history=5", "-o", f"{none}2", "true")
    assert count(none) == 0 and ask("report", none)["history"] is None


def count(path):
    with sqlite3.connect(path) as db:
        return db.execute("SELECT count(*) FROM history").fetchone()[0]


def json_says_how_fine(path):
    history = ask("report", path)["history"]
    assert history["ticks"] == count(path) and history["bytes"] > 0, history
    assert 0 <= history["begins"] < history["ends"], history
    assert history["steps"][0] > 0 and history["steps"][1:] == [None] * 3, history


def older_files_say_so(path):
    old = os.path.join(FOLDER, "old.memtop")
    shutil.copy(path, old)
    with sqlite3.connect(old) as db:
        db.execute("DROP TABLE history")
        for name in "trace", "stat":        # they were tables
            db.execute(f"CREATE TABLE older AS SELECT * FROM {name}")
            db.execute(f"DROP VIEW {name}")
            db.execute(f"ALTER TABLE older RENAME TO {name}")
        db.execute("PRAGMA user_version = 3")
    same(ask("report", f"{path}@s1"), ask("report", f"{old}@s1"), "format 3")
    refused("it has no history", "report", f"{old}@0s")


def the_page_tells_how_it_is_read(path):
    with open("share/doc/RECORDING.md", encoding="ascii") as page:
        code = page.read().split("```python\n")[1].split("```")[0]
    told = subprocess.run([sys.executable, "-c", code, path], stdout=subprocess.PIPE, check=True)
    held = ast.literal_eval(told.stdout.decode())
    assert sum(held.values()) == ask("report", f"{path}@20s")["traced"]["current"], held


def damage_is_refused(path):
    broken = os.path.join(FOLDER, "broken.memtop")
    for sql in ("changes = x'ff'", "changes = 5", "totals = x''", "time = 'x'", "tick = -1",
                "changes = x'050c7f7f'", "state = x'ffff', known = 3", "why = 1e9"):
        shutil.copy(path, broken)
        with sqlite3.connect(broken) as db:
            db.execute(f"UPDATE history SET {sql}")
        said = run("report", f"{broken}@mark:m3", status=125)
        assert "the file is damaged" in said, (sql, said)


def main():
    path = record("run.memtop", f"{WORKERS}/past", str(STEPS))
    each_moment_is_its_snapshot(path)
    the_start_is_the_first_tick(path)
    the_end_is_the_exit(path)
    exports_follow(path)
    refusals(path)
    json_says_how_fine(path)
    older_files_say_so(path)
    the_page_tells_how_it_is_read(path)
    damage_is_refused(path)
    pairs_agree_with_the_events()
    small = record("small.memtop", f"{WORKERS}/past", str(STEPS), options=("--history=1M",))
    each_moment_is_its_snapshot(small)
    tree = record("tree.memtop", "sh", "-c", f"{WORKERS}/past {STEPS}; exec {WORKERS}/past 3")
    for step in range(3):
        same(ask("report", "--process=all", f"{tree}@-0s"),
             ask("report", "--process=all", f"{tree}@9d"), "all")
    the_end_is_the_exit(tree)


if __name__ == "__main__":
    FOLDER = tempfile.mkdtemp()
    try:
        main()
    finally:
        shutil.rmtree(FOLDER)
    sys.exit(0)
