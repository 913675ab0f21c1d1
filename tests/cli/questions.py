#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every question of RECORDING.md, over a million call paths: each is answered, and rightly.
A view that SQLite reads again for each row would never end: TIME_LIMIT ends that."""
import collections
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time

B = os.path.abspath(os.environ.get("B", "build"))
MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
NODES = int(os.environ.get("NODES", "1000000"))
SITES, CALLED = 1000, 32                # as in million.c
TIME_LIMIT = 900                        # seconds for a question, on whatever machine


def bytes_of(trace, kind, number):
    """million.c's."""
    more = 8 if number == 2 else 16 if kind == 2 else 0
    return 8 + trace % 50 * 8 + (more if trace % 10 == 0 else 0)


def ask(db, question):
    end = time.monotonic() + TIME_LIMIT
    db.set_progress_handler(lambda: time.monotonic() > end, 1000000)
    start = time.process_time()
    rows = db.execute(question).fetchall()
    print("%6.1f s  %s" % (time.process_time() - start, question.splitlines()[0][:60]), flush=True)
    return rows


def newest(trace):
    """The newest function of a path that is no wrapper."""
    while trace and trace % SITES % 7 == 6:
        trace //= CALLED
    return trace % SITES if trace else None


def tops(counted):
    """The twenty largest values."""
    return sorted(counted.values(), reverse=True)[:20]


def expected():
    leaked, calls, grown, modules = (collections.Counter() for _ in range(4))
    for trace in range(1, NODES + 1):
        function = trace % SITES
        at_exit = bytes_of(trace, 3, 0)
        if newest(trace) is not None:
            leaked[newest(trace)] += at_exit
        calls[function] += 1
        before = bytes_of(trace, 1, 1) if trace <= NODES // 10 * 9 else 0
        grown[function] += bytes_of(trace, 1, 2) - before
        modules["/lib/lib%d.so" % (function % 3)] += bytes_of(trace, 2, 0)
    return leaked, calls, grown, modules


def same(what, found, wanted):
    if found != wanted:
        sys.exit("FAIL: %s: %r instead of %r" % (what, found, wanted))


def main():
    with open("share/doc/RECORDING.md", encoding="utf-8") as page:
        questions = re.findall(r"```sql\n(.*?)```", page.read(), re.S)
    if sqlite3.sqlite_version_info < (3, 35):
        questions = [each.replace(" AS MATERIALIZED", " AS") for each in questions]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "million.memtop")
        told = subprocess.run([os.path.join(B, "tests/cli/million"), path, str(NODES)],
                              stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")
        totals = {tuple(line.split()[:2]): int(line.split()[2]) for line in told if line}
        print("%d paths: %.1f MB" % (NODES, os.path.getsize(path) / 1e6))
        db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
        same("questions", len(questions), 6)
        answers = [ask(db, question) for question in questions]
        # What a user would write who has not read this page: all moments are decoded, once.
        same("snapshots side by side", ask(db, "SELECT count(*), sum(b.size) FROM stat a JOIN"
                                           " stat b USING (trace, thread, domain)"
                                           " WHERE a.moment = 1 AND b.moment = 2"),
             [(NODES // 10 * 9, sum(bytes_of(trace, 1, 2)
                                    for trace in range(1, NODES // 10 * 9 + 1)))])
        same("moments beside their rows",
             ask(db, "SELECT kind, number, sum(size) FROM stat JOIN moment"
                 " ON moment.id = stat.moment GROUP BY kind, number"),
             sorted((int(kind), int(number), held) for (kind, number), held in totals.items()))
        db.close()
        report = subprocess.run([MEMTOP, "report", "--by=module", "--raw", "--csv", path + "@peak"],
                                stdout=subprocess.PIPE, check=True).stdout.decode()
    leaked, calls, grown, modules = expected()
    same("what leaked", [row[1] for row in answers[0]], tops(leaked))
    same("calls", [row[1] for row in answers[1]], tops(calls))
    same("growth", [row[1] for row in answers[2]], tops(grown))
    same("modules at the peak", {row[0]: row[1] for row in answers[3]}, dict(modules))
    same("processes", [row[3:] for row in answers[4]],
         [(totals[("2", "0")], totals[("3", "0")])])
    same("the timeline", len(answers[5]), 1)
    for module, held in modules.items():
        if "\n%s,%d," % (os.path.basename(module), held) not in report:
            sys.exit("FAIL: memtop says of %s:\n%s" % (module, report))


main()
