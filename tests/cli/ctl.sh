#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# memtop ctl: snapshots, marks and stop in a run that waits for us on a pipe;
# then the snapshots by name and number.
. tests/lib.sh
. tests/cli/lib/held.sh

cat >"$T/w.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
void *kept[64];
int main(void)
{
	char c;
	int n = 0;

	do {
		kept[n++] = malloc(1000);
		if (write(1, ".", 1) != 1)
			return 1;
	} while (n < 64 && read(0, &c, 1) == 1);
	return 7;
}
END
$CC -g -O1 -o "$T/w" "$T/w.c"
record_held r.memtop "$T/w"

# The answer comes when the moment is in the file, of a run that has just begun too.
expect 0 "$MEMTOP" ctl $pid snapshot early
expect 0 "$MEMTOP" report --json "$T/r.memtop@early"
is "d['moment']['name'], d['traced']['blocks'] > 0" "('early', True)"
step
step
expect 0 "$MEMTOP" ctl $pid mark 'half way'
[ ! -s "$T/out" ] || fail "a mark printed something"
expect 0 "$MEMTOP" ctl $pid snapshot
refused 125 '' "$MEMTOP" ctl $$ snapshot
step
expect 0 "$MEMTOP" ctl $pid stop
# The file is finished, the program goes on.
[ "$(ls "$T" | grep -c memtop)" = 1 ] || fail "files beside a finished recording"
expect 0 "$MEMTOP" report --json "$T/r.memtop"
is "d['moment']['name'], d['program']['exit_status']" "('live', None)"
expect 0 "$MEMTOP" report --sort=growth "$T/r.memtop"
refused 125 'belongs to no running memtop' "$MEMTOP" ctl $pid stop
step
end_held 7
[ ! -s "$T/stderr" ] || fail "said: $(cat "$T/stderr")"

blocks() {
	expect 0 "$MEMTOP" report --json '--filter=function=main' "$T/r.memtop$1"
	is "sum(s['count'] for s in d['statistics'])" "$2"
}
blocks @early 1
blocks @1 1
blocks @2 3
blocks '' 4
expect 0 "$MEMTOP" diff --json "$T/r.memtop@early" "$T/r.memtop@2"
is "d['statistics'][0]['count_diff'], d['statistics'][0]['size_diff']" "(2, 2000)"
refused 2 early "$MEMTOP" report "$T/r.memtop@late"
exit 0
