#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Allocators behind memtop that map their memory themselves: the program runs as
# without, its blocks are malloc's, and what feeds them is no mapping.
. tests/lib.sh

cat >"$T/w.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void)
{
	char *large = malloc(300000), *kept = strdup("kept");

	large = realloc(large, 3000000);
	large[2999999] = 1;
	free(malloc(1 << 20));
	return puts(kept) < 0 || !large;
}
END
$CC -g -O0 -o "$T/w" "$T/w.c" || fail "no worker"
behind() {
	for option in --mmap --quiet; do
		expect 0 env LD_PRELOAD="$1" "$MEMTOP" record --quiet --force $option \
			-o "$T/r.memtop" "$T/w"
		[ "$(cat "$T/out")" = kept ] || fail "$1: $(cat "$T/out")"
		expect 0 "$MEMTOP" report --json --by=domain "$T/r.memtop"
		is "[r['key'] for r in d['statistics']]" "['malloc']"
		expect 0 "$MEMTOP" report --json '--filter=function = main' "$T/r.memtop"
		is "sorted((r['size'], r['allocations']) for r in d['statistics'])" \
			"[(0, 1), (5, 2), (3000000, 1)]"
	done
}
behind "$B/tests/workers/libsbrk.so"
for library in /usr/lib/x86_64-linux-gnu/libjemalloc.so.2 /usr/lib64/libjemalloc.so.2; do
	[ ! -e "$library" ] || behind "$library"
done
exit 0
