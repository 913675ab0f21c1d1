#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The arenas of glibc's malloc: what a look says that malloc_trim would give back is within
# 5 % of what it then gives back; blocks by arena; where nothing is known, a refusal.
. tests/lib.sh
. tests/cli/lib/held.sh

cat >"$T/w.c" <<'END'
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define BLOCKS 16384
char *blocks[BLOCKS], *theirs, *large, *mapped;
long resident(void)
{
	long all, now;
	FILE *file = fopen("/proc/self/statm", "r");
	if (fscanf(file, "%ld %ld", &all, &now) != 2)
		exit(9);
	fclose(file);
	return now * sysconf(_SC_PAGESIZE);
}
void *work(void *user)
{
	theirs = memset(malloc(5000), 1, 5000);
	return user;
}
int main(void)
{
	pthread_t thread;
	char c;
	setbuf(stdout, NULL);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	mapped = memset(malloc(1 << 20), 1, 1 << 20);
	mallopt(M_MMAP_THRESHOLD, 1 << 24);
	large = memset(malloc(200000), 1, 200000);
	pthread_create(&thread, NULL, work, NULL);
	pthread_join(thread, NULL);
	/* Below the top one block in 16 stays, and behind the last of them is the top. */
	for (int i = 0; i < BLOCKS; i++)
		blocks[i] = memset(malloc(4000), 1, 4000);
	for (int i = 0; i < BLOCKS; i++)
		if (i % 16 || i > BLOCKS / 2)
			free(blocks[i]);
	printf(".");
	if (read(0, &c, 1) != 1)
		return 1;
	long before = resident();
	malloc_trim(0);
	printf("%ld\n", before - resident());
	return 0;
}
END
$CC -g -O0 -w -pthread -o "$T/w" "$T/w.c"
record_held r.memtop "$T/w"
look look
[ "$status" = 0 ] || fail "no look: $(cat "$T/err")"
echo >&3
read -r gave <&4
end_held

expect 0 "$MEMTOP" report --by=arena --json "$T/r.memtop@look"
a="d['look']['arenas']"
is "$a[0]['name'], [x['name'][:8] for x in $a[1:2]]" "('main arena', ['arena 0x'])"
is "all(x['complete'] for x in $a)" True
trim=$(python3 -c "import json, sys
print(sum(x['trim'] for x in json.load(open(sys.argv[1]))['look']['arenas']))" "$T/out")
[ "$gave" -gt 50000000 ] || fail "malloc_trim gave $gave bytes"
[ $((trim * 100)) -ge $((gave * 95)) ] && [ $((trim * 100)) -le $((gave * 105)) ] ||
	fail "the look said $trim bytes, malloc_trim gave $gave"
is "all(x['free'] + x['top'] + x['live'] <= x['mapped'] for x in $a)" True
is "$a[0]['live_large']" 200000
# Every block is in one row, large ones that are mapped alone in no arena.
is "{s['key'] for s in d['statistics']} >= {'main arena', 'no arena', $a[1]['name']}" True
is "sum(s['size'] for s in d['statistics']) == d['traced']['current']" True
is "[s['size'] for s in d['statistics'] if s['key'] == 'no arena']" "[1048576]"
is "[s['size'] == x['live'] for s in d['statistics'] for x in $a if s['key'] == x['name']]" \
	"[True, True]"
is "'unreachable' in d['statistics'][0] or 'total' in d['statistics'][0]" False

expect 0 "$MEMTOP" report --by=arena "$T/r.memtop@look"
printed "malloc's arenas: "
grep -q '^main arena: .* mapped, .* live, .* free inside (fragmentation [0-9]* %), .* free at the top; malloc_trim would give back .*B$' "$T/out" ||
	fail 'no line of the main arena'
printed 'with M_ARENA_MAX=1 all threads would share one arena'
printed 'with M_MMAP_THRESHOLD=131072 each would be mapped alone'
expect 0 "$MEMTOP" report --by=arena --csv "$T/r.memtop@look"
grep -q "no arena" "$T/out" || fail "no row for blocks in no arena in CSV"
expect 0 "$MEMTOP" diff --by=arena --json "$T/r.memtop@look" "$T/r.memtop@look"
is "{s['size_diff'] for s in d['statistics']}" '{0}'
refused 2 'arenas are known only for processes' "$MEMTOP" report --by=arena "$T/r.memtop"
refused 2 'the filter asks for unreachable, which is not known by arena' \
	"$MEMTOP" report --by=arena --filter='unreachable > 0' "$T/r.memtop@look"
