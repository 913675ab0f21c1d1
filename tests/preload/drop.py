#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Full rings: what is recorded and what is lost are together what the program did,
for allocations and for frees, no freed block is shown as live, and no free is of an
unknown block.  With --on-full=drop on one thread, eight and 64, while memtop runs and
while it stands still; and lossless mode when memtop stands still for longer than it is
waited for."""
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile

MEMTOP = os.environ.get("MEMTOP", "build/memtop")
WORKER = os.path.join(os.environ.get("B", "build"), "tests/workers/drop")


def run(folder, threads, rounds, how, mode):
    path = os.path.join(folder, "r.memtop")
    done = subprocess.run([MEMTOP, "record", "--force", "--on-full=" + mode, "-o", path,
                           WORKER, str(threads), str(rounds), how],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True)
    text = subprocess.run([MEMTOP, "report", "--json", "--by=function", path], check=True,
                          stdout=subprocess.PIPE).stdout
    truth = dict(word.split("=") for word in done.stdout.split()[1:])
    return {k: int(v) for k, v in truth.items()}, json.loads(text), done.stderr


def unknown_frees(folder):
    with contextlib.closing(sqlite3.connect(os.path.join(folder, "r.memtop"))) as db:
        return db.execute("SELECT unknown_frees FROM moment WHERE kind = 3").fetchone()[0]


def blocks(answer, function):
    return sum(row["count"] for row in answer["statistics"]
               if row["traceback"][-1]["function"] == function)


def check(folder, threads, rounds, how, mode):
    _, base, _ = run(folder, threads, 0, "run", "block")
    unknown = unknown_frees(folder)
    truth, answer, said = run(folder, threads, rounds, how, mode)
    case = (threads, rounds, how, mode)
    losses = [answer[n] for n in ("lost", "lost_allocations", "lost_frees", "unended")]
    for name in ("allocations", "frees"):
        told = answer["traced"][name] + answer["lost_" + name]
        wanted = truth[name] + base["traced"][name]
        assert base["lost"] == 0 and told == wanted, (case, name, told, wanted, losses)
    # At its end a program waits a fraction of a second for a reader that stands still: on a
    # busy machine ends may stay untold, and then that is said.
    assert how == "stop" or answer["unended"] == 0, (case, losses)
    assert answer["lost"] == answer["lost_allocations"] + answer["lost_frees"], (case, losses)
    assert unknown_frees(folder) == unknown, (case, unknown_frees(folder), unknown)
    leaks = blocks(answer, "churn_block")
    assert leaks <= answer["unended"], (case, "leaks", leaks, losses)
    assert blocks(answer, "keep_block") <= truth["kept"], case
    if how == "stop":
        assert answer["lost_allocations"] > 0, (case, losses)
        assert ("too much" if answer["unended"] else "lower bound") in said, said
    if not answer["lost"]:
        assert blocks(answer, "keep_block") == truth["kept"], case
        assert "lost" not in said, said
    print(case, losses)
    return answer


def check_ends(folder):
    """A program that leaves with ends untold: so many blocks are shown as live, and the
    figures are called an upper bound."""
    _, answer, said = run(folder, 1, 20000, "leave", "drop")
    assert answer["unended"] > 0, answer["lost"]
    assert blocks(answer, "churn_block") == answer["unended"], answer["unended"]
    assert "upper bound" in said or "too much" in said, said
    print("left", answer["unended"], "untold")


def check_verdict(folder):
    """check does not pass a run whose figures are a lower bound, and says so."""
    command = [MEMTOP, "check", "--max-peak=1G", "--on-full=drop", WORKER, "2", "20000", "stop"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True)
    assert done.returncode == 125 and "lower bound" in done.stdout, done.stdout


def main():
    with tempfile.TemporaryDirectory() as folder:
        for threads in (1, 8, 64):
            for how in ("run", "stop"):
                check(folder, threads, 400000 // threads, how, "drop")
        check(folder, 2, 40000, "stop", "block")
        check_ends(folder)
        check_verdict(folder)
        answer = check(folder, 64, 4000, "run", "block")
        assert answer["lost"] == 0, answer["lost"]


if __name__ == "__main__":
    sys.exit(main())
