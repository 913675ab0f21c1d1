#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Seven lives side by side, of which one has leaked all the time: the verdicts of a run
# of 20 seconds, in report, JSON and at record's end.
. tests/lib.sh

expect 0 "$MEMTOP" record -o "$T/g.memtop" "$B/tests/workers/grows" 20 200000
said "memtop: grew the most:"
pace=$(awk '$1 == "leak" { print $2 }' "$T/out")
expect 0 "$MEMTOP" report --by=function --sort=growth --json "$T/g.memtop"
is "d['statistics'][0]['traceback'][0]['function']" leak
# On a busy machine slices of a second are uneven: it may be undecided, but no other leaks.
is "d['statistics'][0]['verdict'] in ('leaking', 'undecided')" True
is "[r['key'] for r in d['statistics'][1:] if r['verdict'] == 'leaking']" "[]"
is "{f: r['verdict'] for r in d['statistics'] for f in [r['traceback'][0]['function']]
	if f in ('cache', 'queue', 'array', 'sawtooth')}" \
	"{'queue': 'turnover', 'array': 'one container that grows', 'sawtooth': 'sawtooth', 'cache': 'settled'}"
is "abs(d['statistics'][0]['growth'] / $pace - 1) < 0.05" True
is "abs(d['statistics'][0]['growth_blocks'] * 64 / $pace - 1) < 0.05" True
is "d['statistics'][0]['since'] < 3, d['census'] > 15" "(True, True)"

expect 0 "$MEMTOP" report --by=function --sort=growth --limit=1 "$T/g.memtop"
printed "verdicts as of the census at 00:00:"
printed "blocks a minute since 00:00:0"
refused 2 "verdicts are of rows that are not cumulative, and no tree" \
	"$MEMTOP" report --by=tree --sort=growth "$T/g.memtop"
refused 2 "this moment has none" "$MEMTOP" report --sort=growth "$T/g.memtop@peak"

# One that is over at once has verdicts too: it was too short.
expect 0 "$MEMTOP" record --quiet -o "$T/s.memtop" "$B/tests/workers/grows" 0
expect 0 "$MEMTOP" report --json "$T/s.memtop"
is "{r['verdict'] for r in d['statistics']}" "{'too short'}"
exit 0
