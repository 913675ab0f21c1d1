#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A forked child that can't reach memtop is named, and pays no more than a test and two jumps
for each malloc from then on, as do the children that it forks."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import attached                                                         # noqa: E402
from attached import MEMTOP, PATIENCE, fail, gate_leads, same           # noqa: E402

# Each one that forks allocates first, says so, and waits for its standard input's end.
SOURCE = r"""
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
static void say(void)
{
	char line[32];
	void *volatile block = malloc(100);
	int length = snprintf(line, sizeof(line), "%s %d\n", block ? "ready" : "no", (int)getpid());

	if (write(1, line, (size_t)length) != length)
		_exit(2);
}
static int begin(int depth)
{
	int status;
	char byte;

	say();
	if (!depth)
		return (int)read(0, &byte, 1);
	pid_t child = fork();

	if (child == 0)
		_exit(begin(depth - 1));
	return waitpid(child, &status, 0) == child ? status : 3;
}
int main(void)
{
	struct rlimit few = { 3, 3 };

	return setrlimit(RLIMIT_NOFILE, &few) ? 1 : begin(2);
}
"""


def main():
    with open("unmet.c", "w", encoding="ascii") as file:
        file.write(SOURCE)
    subprocess.run(["cc", "-O1", "-o", "unmet", "unmet.c"], check=True)
    program = attached.Program(MEMTOP, "check", "--max-peak=1M", "./unmet", stderr=subprocess.PIPE)
    child, grandchild = (int(program.line().split()[1]) for _ in range(2))
    same(gate_leads(program.pid), "libmemtop.so", "where malloc's hook leads in what is traced")
    same(gate_leads(child), "libc.so.6", "where it leads in a child that can't reach memtop")
    same(gate_leads(grandchild), "libc.so.6", "where it leads in that one's child")
    said = program.process.communicate(timeout=PATIENCE)[1]
    same(program.process.returncode, 125, "the verdict's status")
    if "not followed: pid %d, ./unmet: it could not reach memtop" % child not in said:
        fail("the verdict: " + said)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ["XDG_CACHE_HOME"] = folder
    main()
