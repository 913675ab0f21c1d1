#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A supervisor that starts its worker anew whenever that has ended: each worker is in the
recording with its own figures, and what memtop and the file take is bounded.  If many have
ended, those that end later are counted together, and the sum of all is the same.  A check
judges each of them before.

    tests/cli/supervisor.py                     the test
    MINUTES=10 PACE=50 tests/cli/supervisor.py  so long, a worker each 50 ms; prints figures"""
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import attached                                                         # noqa: E402
from attached import MEMTOP, PATIENCE, children, fail, same             # noqa: E402

MINUTES = float(os.environ.get("MINUTES", "0"))
PACE = int(os.environ.get("PACE", "50"))
WORKERS = 150
ALONE = 20              # of the second run's workers these have a place of their own

SOURCE = r"""
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static void *keep(void *size) { return malloc((size_t)size); }
static void *big(void *size) { return malloc((size_t)size); }
static int work(int worst)
{
	pthread_t thread;
	void *kept;

	for (size_t i = 0; i < 100; i++)
		kept = keep((void *)(1000 + i));
	pthread_create(&thread, NULL, keep, (void *)50000);
	pthread_join(thread, &kept);
	free(kept);
	kept = worst ? big((void *)300000) : NULL;
	return kept ? printf("worst %d\n", (int)getpid()), fflush(stdout), 1 : 1;
}
int main(int argc, char **argv)
{
	char line[64];
	int pace = atoi(argv[argc - 1]), status;

	printf("ready %d\n", (int)getpid()), fflush(stdout);
	/* A number: so many workers, one after the other.  Another one: that one, from the end, is
	 * the worst. */
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "quit\n")) {
		const char *worst = strchr(line, ' ');

		for (int i = atoi(line); i > 0; i--) {
			pid_t child = fork();

			if (child == 0)
				_exit(work(worst && atoi(worst) == i));
			if (waitpid(child, &status, 0) != child || status != 1 << 8)
				return 3;
			poll(NULL, 0, pace);
		}
		puts("done"), fflush(stdout);
	}
	return 0;
}
"""


def memory(pid):
    """KiB that it holds for itself, and its file's on the disk with its log."""
    with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as file:
        held = sum(int(line.split()[1]) for line in file
                   if line.startswith(("Private_Clean:", "Private_Dirty:")))
    return held, sum(os.stat(name).st_blocks // 2 for name in os.listdir(".")
                     if name.startswith("r.memtop"))


def whole(workers):
    """Every worker is there, with what it allocated and nothing else."""
    document = json.loads(subprocess.check_output(
        [MEMTOP, "report", "--json", "--process=all", "r.memtop"]))
    rows = [row for row in document["processes"] if row["pid"] != document["program"]["pid"]]
    same(sum(row.get("folded", 1) for row in rows), workers, "workers in the recording")
    if document["lost"]:
        return                          # on a machine that stood still; it is said
    document = json.loads(subprocess.check_output(
        [MEMTOP, "report", "--json", "--process=all", "--by=function",
         "--filter=function = keep", "r.memtop"]))
    row = document["statistics"][0]
    same((row["allocations"], row["count"], row["size"]),
         (101 * workers, 100 * workers, workers * sum(range(1000, 1100))), "what all kept")


def report(name, *options):
    return json.loads(subprocess.check_output([MEMTOP, "report", "--json", *options, name]))


def told(name, *options):
    """What a report says of all processes, without times."""
    document = report(name, "--process=all", *options)
    rows = [{key: row[key] for key in ("key", "size", "count", "allocations", "total", "peak",
                                       "temporary") if key in row}
            for row in document["statistics"]]
    figures = {key: document["traced"][key] for key in document["traced"] if "peak" not in key}
    return sorted(rows, key=str), figures


def together(workers):
    """The same workers again; most are counted with one of them."""
    os.environ["MEMTOP_FOLD_AFTER"] = str(ALONE)
    program = attached.Program(MEMTOP, "record", "--quiet", "--force", "-o", "f.memtop",
                               "./supervisor", "0")
    program.ask(str(workers))
    program.end()
    del os.environ["MEMTOP_FOLD_AFTER"]
    document = report("f.memtop", "--process=all")
    rows = document["processes"]
    same(sum(row.get("folded", 1) for row in rows), workers + 1, "processes that are counted")
    head = [row for row in rows if "folded" in row]
    same((len(head), head[0]["folded"]), (1, workers - ALONE), "lines that stand for several")
    if document["lost"] or report("r.memtop")["lost"]:
        return                          # on a machine that stood still; it is said
    for moment in "exit", "peak", "1h":
        for by in "lineno", "function", "traceback", "domain":
            same(told("f.memtop@" + moment, "--by=" + by), told("r.memtop@" + moment, "--by=" + by),
                 "all processes by %s at %s" % (by, moment))
    keeps = report("f.memtop", "--process=%d" % head[0]["pid"], "--by=function",
                   "--filter=function = keep")["statistics"][0]
    same((keeps["allocations"], keeps["count"]),
         tuple(n * (workers - ALONE) for n in (101, 100)), "what those kept that are one line")
    with sqlite3.connect("f.memtop") as file:
        for table, most in ("process", 3 * ALONE), ("moment", 6 * ALONE), ("thread", 6 * ALONE):
            rows = file.execute("SELECT count(*) FROM " + table).fetchone()[0]
            if rows > most:
                fail("%d workers made %d rows of the table %s" % (workers, rows, table))


def check(*limits):
    """The verdict's limits, by their names, and the pid of the worst worker.  Most of the workers
    are counted with others before the end."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [MEMTOP, "check", *limits, "--report=%s/v.json" % folder, "-o", folder + "/c.memtop",
             "./supervisor", "0"],
            input="%d %d\nquit\n" % (2 * WORKERS, WORKERS), capture_output=True, text=True,
            timeout=PATIENCE, check=False, env=dict(os.environ, MEMTOP_FOLD_AFTER=str(ALONE)))
        with open(folder + "/v.json", encoding="utf-8") as file:
            verdict = json.load(file)
        lines = len(report(folder + "/c.memtop", "--process=all")["processes"])
    if lines > WORKERS:
        fail("%d workers of a check are %d lines" % (2 * WORKERS, lines))
    worst = int(run.stdout.split("worst ")[1].split()[0])
    return {limit["limit"]: limit for limit in verdict["limits"]}, worst, run


def broken(worst, limit):
    same((limit["broken"], limit["process"], limit["lines"][0]["size"]), (True, worst, 300000),
         limit["limit"])


def judged():
    """Each worker is judged before it is counted with others, and the worst is named."""
    all_of_one = 50000 + sum(range(1000, 1100))
    limits, worst, run = check(
        "--max-exit=200K", "--max-total=1M", "--ceiling=function = big: exit < 1",
        "--ceiling=function = keep: allocs <= 101")
    same(run.returncode, 99, run.stderr)
    broken(worst, limits["--max-exit=200K"])
    broken(worst, limits["function = big: exit < 1"])
    same(limits["function = big: exit < 1"]["was"], 300000, "what the worst held of its own")
    same(limits["function = keep: allocs <= 101"]["was"], 101, "what each kept")
    if not all_of_one <= limits["--max-total=1M"]["was"] - 300000 < 2 * all_of_one:
        fail("a worker allocated %r" % limits["--max-total=1M"]["was"])
    limits, worst, run = check("--ceiling=function = big: peak < 1")
    broken(worst, limits["function = big: peak < 1"])
    limits, worst, run = check("--tree", "--ceiling=function = keep: allocs < 1",
                               "--ceiling=function = big: exit < 1",
                               "--ceiling=function = big: peak < 1")
    same(limits["function = keep: allocs < 1"]["was"], 2 * WORKERS * 101, "what all kept together")
    for figure in "exit", "peak":
        same(limits["function = big: %s < 1" % figure]["was"], 300000, "all together: " + figure)


def main():
    pace = PACE if MINUTES else 0
    with open("supervisor.c", "w", encoding="ascii") as file:
        file.write(SOURCE)
    subprocess.run(["cc", "-g", "-O0", "-o", "supervisor", "supervisor.c", "-lpthread"], check=True)
    program = attached.Program(MEMTOP, "record", "--quiet", "--force", "-o", "r.memtop",
                               "./supervisor", str(pace))
    proper, workers = children(program.process.pid), 0
    proper = next(pid for pid in proper if pid != program.pid)
    program.ask(str(WORKERS))
    workers += WORKERS
    first = memory(proper)
    began, told = time.monotonic(), [1, 5, 10, 30, 60]
    while time.monotonic() - began < MINUTES * 60:
        program.ask(str(20))
        workers += 20
        if time.monotonic() - began >= told[0] * 60:
            print("%3d min  %6d workers  memtop %7d KiB  file %7d KiB" % (
                told.pop(0), workers, *memory(proper)), flush=True)
    if not MINUTES:
        program.ask(str(WORKERS))
        workers += WORKERS
    last = memory(proper)
    print("%d workers: memtop %d KiB, file %d KiB; after %d: %d KiB, %d KiB" % (
        workers, *last, WORKERS, *first))
    each = [(now - then) / (workers - WORKERS) for now, then in zip(last, first)]
    program.end()
    whole(workers)
    if not MINUTES:
        together(workers)
        judged()
    print("a worker: %.1f KiB in memory, %.1f KiB in the file" % tuple(each))


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ["XDG_CACHE_HOME"] = folder
    main()
