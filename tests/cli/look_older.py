#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A look at a program that ran before memtop came.  Its older blocks are not known, and what
they hold is not lost: not in the program, and not in a child that it forks.  What nobody
holds is found all the same, and no page of memtop's holds anything."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
import attached                                                         # noqa: E402
from attached import MEMTOP, PATIENCE, fail, same                       # noqa: E402

HELD, LOST = (100000, 100), (3000, 1)
PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
static struct node { struct node *next; void *block; char room[80]; } *nodes;
__attribute__((noinline)) void keep(void)
{
	for (struct node *node = nodes; node; node = node->next)
		node->block = malloc(1000);
}
__attribute__((noinline)) void lose(void)
{
	char *volatile block = malloc(3000);

	memset(block, 1, 3000);
	block = NULL;
}
/* Writes over what calls before this one left on the stack. */
__attribute__((noinline)) void scrub(void)
{
	volatile char room[8192];

	for (unsigned i = 0; i < sizeof(room); i++)
		room[i] = 0;
}
int main(void)
{
	char line[64];

	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	for (int i = 0; i < 100; i++) {
		struct node *node = calloc(1, sizeof(*node));

		node->next = nodes;
		nodes = node;
	}
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "quit\n")) {
		if (!strcmp(line, "keep\n")) {
			keep();
			lose();
		}
		if (!strcmp(line, "fork\n") && fork() == 0) {
			void *volatile first = malloc(1);       /* and the child's */

			prctl(PR_SET_PDEATHSIG, 9);
			free(first);
			pause();
			_exit(0);
		}
		void *volatile block = malloc(1);       /* wakes the tracer */

		free(block);
		scrub();
		puts("done"), fflush(stdout);
	}
	return 0;
}
"""


def said(moment, *options):
    return json.loads(subprocess.check_output([MEMTOP, "report", "--json", *options,
                                               "r.memtop@" + moment]))


def judged(moment, process):
    which = "--process=%s" % process
    rows = {row["traceback"][0]["function"]: row
            for row in said(moment, which, "--by=function")["statistics"]}
    for function, all_of_it, lost in ("keep", HELD, 0), ("lose", LOST, LOST[0]):
        row = rows[function]
        same((row["size"], row["count"]), all_of_it, function)
        same(row["unreachable"], lost, "what nobody holds of " + function)
    holders = [row["key"] for row in said(moment, which, "--by=holder")["statistics"]]
    if "blocks that were not recorded" not in holders or any("memtop" in name for name in holders):
        fail("holders: %r" % holders)


def told(moment):
    """The report says that a look at such a program is less sure."""
    text = subprocess.check_output([MEMTOP, "report", "r.memtop@" + moment], text=True)
    if "some blocks were not recorded: what may be held by one of them" not in text:
        fail("the report does not say what is not known: " + text)


def look(pid, name):
    done = subprocess.run([MEMTOP, "ctl", str(pid), "held", name], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
    same(done.returncode, 0, done.stdout)


def traced(program, recorder):
    while True:
        wanted, answered = attached.call_of(program.pid)
        if wanted and wanted == answered:
            return
        if recorder.poll() is not None:
            fail("record ended: %r" % recorder.stderr.read())
        program.ask("tick")


def main():
    with open("older.c", "w", encoding="ascii") as file:
        file.write(PROGRAM)
    subprocess.run([os.environ.get("CC", "cc"), "-g", "-O1", "-o", "older", "older.c",
                    "-Wl,--no-as-needed", "-ldl"], check=True)      # libdl: glibc before 2.34
    program = attached.Program("./older")
    try:
        recorder = attached.attach(program.pid)
        traced(program, recorder)
        program.ask("keep")
        look(program.pid, "one")
        program.ask("fork")
        while len(said_processes()) < 2:
            os.sched_yield()
        look(program.pid, "two")
        attached.detach(recorder)
        judged("one", "main")
        told("one")
        judged("two", "main")
        judged("two", said("two")["processes"][1]["pid"])
        program.end()
    finally:
        program.process.kill()


def said_processes():
    done = subprocess.run([MEMTOP, "report", "--json", "r.memtop"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    return json.loads(done.stdout)["processes"] if done.returncode == 0 else []


if __name__ == "__main__":
    FOLDER = tempfile.mkdtemp()
    try:
        os.chdir(FOLDER)
        main()
    finally:
        shutil.rmtree(FOLDER)
