#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A look at a tree of processes: who holds the blocks of all, and all arenas, as one and by process.
. tests/lib.sh
. tests/cli/lib/held.sh

cat >"$T/w.c" <<'END'
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static void *cache[4];
static int ready[2];
static void work(size_t size)
{
	char c;
	cache[1] = malloc(size);                        /* WORK */
	*(void **)cache[1] = malloc(3000);              /* BELOW */
	write(ready[1], ".", 1);
	while (read(0, &c, 1) == 1)
		;
	_exit(0);
}
int main(void)
{
	char c;
	pipe(ready);
	cache[0] = malloc(1000);                        /* OLD */
	for (int i = 0; i < 2; i++)
		if (fork() == 0)
			work(2000 + i);
	for (int i = 0; i < 2; i++)
		read(ready[0], &c, 1);
	write(1, ".", 1);
	while (read(0, &c, 1) == 1)
		;
	while (wait(NULL) > 0)
		;
	_exit(0);
}
END
$CC -g -O0 -w -o "$T/w" "$T/w.c"
record_held r.memtop "$T/w"
expect 0 "$MEMTOP" ctl $pid held who
printed '; alone keep alive: static cache (w.c) 13001 bytes'
expect 0 "$MEMTOP" ctl $pid heap bare
end_held

# chains LINE WANTED: the chains of that line, with their bytes and blocks.
chains() {
	is "sorted([' -> '.join(c['chain']), c['size'], c['count']] for s in d['statistics'] if s['key'].endswith('w.c:$(line "$1")') for c in s['held_by'])" "$2"
}
for look in who bare; do
	expect 0 "$MEMTOP" report --process=all --json "$T/r.memtop@$look"
	chains OLD "[['static cache (w.c)', 3000, 3]]"
	chains WORK "[['static cache (w.c)', 4001, 2]]"
	chains BELOW "[['static cache (w.c) -> 2 blocks (work w.c:$(line WORK))', 6000, 2]]"
	is "[s['examples'] for s in d['statistics']]" '[[], [], []]'
done
expect 0 "$MEMTOP" report --process=all --json "$T/r.memtop@who"
is "[s['retained'] for s in d['statistics'] if s['key'].endswith('w.c:$(line WORK)')]" '[10001]'
is "len(d['look']['arenas']), sum(a['live'] for a in d['look']['arenas'])" '(3, 13001)'
expect 0 "$MEMTOP" report --process=all --by=holder --json "$T/r.memtop@who"
is "[[s['key'], s['size'], s['count']] for s in d['statistics']]" "[['static cache (w.c)', 13001, 7]]"
expect 0 "$MEMTOP" report --process=all --by=holder --tree "$T/r.memtop@who"
printed "6000 B  46.2       2  6000 B      work w.c:$(line BELOW)"
expect 0 "$MEMTOP" report --process=all --by=arena --json "$T/r.memtop@bare"
is "sorted([s['size'], s['count']] for s in d['statistics'])" '[[1000, 1], [6000, 3], [6001, 3]]'
is "all(s['key'].startswith('main arena of process ') for s in d['statistics'])" True
refused 2 'holders are known only at moments with a look for them' "$MEMTOP" report --process=all --by=holder "$T/r.memtop@bare"
# Each by itself, as before.
expect 0 "$MEMTOP" report --by=arena --json "$T/r.memtop@who"
is "[[s['key'], s['size']] for s in d['statistics']]" "[['main arena', 1000]]"
