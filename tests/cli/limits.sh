#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# memtop's own limits: what leaves no room is refused before the program runs,
# in one sentence, and leaves no recording; a soft limit is the program's alone.
. tests/lib.sh

echo '#include <stdio.h>
#include <stdlib.h>
void *kept;
int main(void) { kept = malloc(1000); return puts("ran") < 0; }' >"$T/w.c"
$CC -g -O1 -o "$T/w" "$T/w.c"

for limit in 'v 100000' 'v 400000' 'n 16'; do
	refused 125 "ulimit -${limit% *}" sh -c "ulimit -$limit"' && exec "$@"' sh \
		"$MEMTOP" record -o "$T/r.memtop" "$T/w"
	[ ! -e "$T/r.memtop" ] || fail "ulimit -$limit: a recording was left"
done
for limit in 'v 400000' 'n 12'; do
	expect 0 bash -c "ulimit -S$limit"' && exec "$@"' sh \
		"$MEMTOP" record --quiet --force -o "$T/r.memtop" \
		bash -c "ulimit -S${limit% *}; exec $T/w"
	[ "$(head -n 1 "$T/out")" = "${limit#* }" ] || fail "the program's limit is another"
	expect 0 "$MEMTOP" report --json "$T/r.memtop"
	is "[s['size'] for s in d['statistics'] if s['key'] == '$T/w.c:4']" '[1000]'
done

# What a killed memtop left is swept by the next one.
export XDG_RUNTIME_DIR="$T/run" XDG_STATE_HOME="$T/state"
mkdir -m 700 "$T/run" "$T/state"
mkfifo "$T/in"
"$MEMTOP" --play=- sh -c 'echo started >&2; read line' <"$T/in" >"$T/out" 2>"$T/err" &
pid=$!
exec 3>"$T/in"
while [ -z "$(ls "$T/state/memtop" 2>/dev/null)" ]; do
	kill -0 $pid || fail "no private recording"
done
proper=$(pgrep -P $pid memtop)
while [ -z "$(readlink "$T"/run/memtop.*/target)" ]; do
	kill -0 $pid || fail "no target"
done
# shellcheck disable=SC2086
kill -9 $pid $proper
wait $pid 2>/dev/null
exec 3>&-
[ -n "$(ls "$T/run")" ] && [ -n "$(ls "$T/state/memtop")" ] || fail "nothing to sweep"
# The dead one's locks go with it, a moment after its death.
while grep -q '^State:.[^ZX]' "/proc/$proper/status" 2>/dev/null; do :; done
echo 'wait exit' >"$T/play"
expect 0 "$MEMTOP" --play="$T/play" /bin/true
[ -z "$(ls "$T/run" "$T/state/memtop" | grep memtop\\.)" ] ||
	fail "left: $(ls "$T/run" "$T/state/memtop")"
exit 0
