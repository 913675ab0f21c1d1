#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A program that ends while memtop still works on a look at it: the look is in the recording.
. tests/lib.sh

cat >"$T/w.c" <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "memtop.h"
static void *kept[300000];
int main(void)
{
	siginfo_t child;
	for (int i = 0; i < 300000; i++)
		kept[i] = malloc(100);
	if (memtop_mark("now"))
		return 77;
	/* Its only child is the clone that the look reads. */
	while (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT | __WALL) == -1 && errno == ECHILD)
		sched_yield();
	_exit(0);
}
END
$CC -g -O0 -w -Ishare/include -o "$T/w" "$T/w.c" -ldl
run timeout 60 "$MEMTOP" record --quiet --heap-at='mark now' -o "$T/r.memtop" "$T/w"
[ "$status" != 124 ] || skip 'no clone can be made here'
[ "$status" = 0 ] || fail "the program ended with $status"
expect 0 "$MEMTOP" report --json "$T/r.memtop@mark-now"
is "sum(s['count'] for s in d['statistics']), sum(s['unreachable'] for s in d['statistics'])" '(300000, 0)'
