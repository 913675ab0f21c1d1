#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Snapshots that take themselves by time, by a mark of the program's or of ours, by a signal,
# and by a threshold that a program passes which is over before anybody looks.
. tests/lib.sh
. tests/cli/lib/held.sh

cat >"$T/w.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "memtop.h"
void *kept[64];
int main(void)
{
	char c;
	int n = 0;

	memtop_mark("no phase");
	do {
		kept[n++] = malloc(1000);
		if (n == 3)
			memtop_mark("phase two");
		if (write(1, ".", 1) != 1)
			return 1;
	} while (n < 64 && read(0, &c, 1) == 1);
	return 0;
}
END
$CC -g -O1 -Ishare/include -o "$T/w" "$T/w.c" || fail "the worker"
file="$T/r.memtop"
record_held r.memtop --snapshot-at='every 1s' --snapshot-at='mark phase*' \
	--snapshot-at='signal USR1' --snapshot-at='signal USR2' --snapshot-at='at 1h' -- "$T/w"
# taken NAME NUMBER: waits until so many snapshots of that name are in the file.
taken() {
	while [ "$(sqlite3 "$file" "SELECT count(*) FROM moment WHERE name = '$1'" 2>/dev/null ||
		echo 0)" -lt "$2" ]; do
		kill -0 $pid || fail "no snapshot $1: $(cat "$T/stderr")"
	done
}

kill -USR1 $pid
taken signal-USR1 1
step
kill -USR1 $pid
taken signal-USR1 2
step
taken mark-phase 1
step
step
expect 0 "$MEMTOP" ctl $pid mark 'phase three'
taken mark-phase 2
taken every-1s 3
end_held
[ ! -s "$T/stderr" ] || fail "said: $(cat "$T/stderr")"

blocks() {
	expect 0 "$MEMTOP" report --json '--filter=function=main' "$file@$1"
	is "sum(s['count'] for s in d['statistics'] if s['average'] == 1000)" "$2"
}
# A name alone means the newest of that rule; a mark of the program's own is exact.
blocks signal-USR1 2
first=$(sqlite3 "$file" "SELECT min(number) FROM moment WHERE name = 'signal-USR1'")
blocks "$first" 1
first=$(sqlite3 "$file" "SELECT min(number) FROM moment WHERE name = 'mark-phase'")
blocks "$first" 3
blocks mark-phase 5
# What is due each second is never taken early, and once for each time that it was due.
run sqlite3 "$file" "SELECT time FROM moment WHERE name = 'every-1s' ORDER BY number"
awk '{ due = int($1); if (due <= last) exit 1; last = due }' "$T/out" ||
	fail "every 300 ms: $(cat "$T/out")"
[ "$(sqlite3 "$file" "SELECT count(*) FROM moment WHERE name IN ('signal-USR2', 'at-1h')")" = 0 ] ||
	fail "a rule fired for nothing"

# A program that is over at once passes a threshold between two looks.
echo '#include <stdlib.h>
void *kept;
int main(void) { kept = malloc(2000000); return 0; }' >"$T/brief.c"
$CC -g -O0 -o "$T/brief" "$T/brief.c"
for run in 1 2 3; do
	expect 0 "$MEMTOP" record --quiet --force -o "$T/b.memtop" --snapshot-at='current > 1M' \
		--snapshot-at='grown > 1500K' --snapshot-at='current > 3M' -- "$T/brief"
	run sqlite3 "$T/b.memtop" "SELECT name FROM moment WHERE number > 0 ORDER BY name"
	[ "$(cat "$T/out")" = "current-1M
grown-1500K" ] || fail "run $run of a brief program"
	expect 0 "$MEMTOP" report --json "$T/b.memtop@current-1M"
	is "max(s['size'] for s in d['statistics'])" 2000000
done
# So may a child be; its snapshot is its own.
expect 0 "$MEMTOP" record --quiet --force -o "$T/b.memtop" --snapshot-at='current > 1M' -- \
	sh -c "'$T/brief'; true"
run sqlite3 "$T/b.memtop" "SELECT count(*) FROM moment WHERE name = 'current-1M'"
[ "$(cat "$T/out")" -ge 1 ] || fail "a brief child"
exit 0
