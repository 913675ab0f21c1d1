#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Threads that follow one another faster than the reader reads what they leave: each finds a
# ring, and nothing is lost.
. tests/lib.sh

cat >"$T/w.c" <<'END'
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
static void *volatile kept[20000];
static void *keep(void *place)
{
	return *(void *volatile *)place = malloc(10);
}
int main(void)
{
	for (int i = 0; i < 20000; i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, keep, (void *)&kept[i]) != 0 ||
		    pthread_join(thread, NULL) != 0)
			return 1;
	}
	return 0;
}
END
$CC -g -O1 -w -o "$T/w" "$T/w.c" -lpthread
expect 0 "$MEMTOP" record -o "$T/r.memtop" "$T/w"
expect 0 "$MEMTOP" report --json --by=function --filter='function = keep' "$T/r.memtop"
is "(d['lost'], d['unended'])" '(0, 0)'
is "[(s['size'], s['count'], s['allocations']) for s in d['statistics']]" '[(200000, 20000, 20000)]'
exit 0
