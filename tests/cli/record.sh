#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The example worker, recorded: the figures are those that it prints itself, in
# every format, by every key, and the same each time.
. tests/lib.sh

expect 0 "$MEMTOP" record -o "$T/w.memtop" "$B/examples/worker" 1500
set -- $(tr -cd '0-9 ' <"$T/out")
requests=$1 bytes=$2 blocks=$3
[ "$requests" = 1500 ] || fail "the worker's own line"
[ "$(stat -c %a "$T/w.memtop")" = 600 ] || fail "mode of the recording"
[ "$(ls "$T" | grep -c memtop)" = 1 ] || fail "files beside the recording"

report() {
	expect 0 "$MEMTOP" report "$@" "$T/w.memtop"
}
report --json
is "d['traced']['current'] == $bytes and d['traced']['blocks'] == $blocks" True
is "sum(s['size'] for s in d['statistics']) == $bytes" True
is "d['moment']['name'], d['by'], d['lost'], d['truncated']" "('exit', 'lineno', 0, 0)"
is "d['program']['exit_status'], d['program']['signal']" "(0, None)"
is "[s['traceback'][0]['function'] for s in d['statistics'][:2]]" "['cache_store', 'warm_up']"
is "d['statistics'][0]['count']" 1500
is "d['statistics'][0]['key'].split('/')[-1].split(':')[0]" worker.c
is "sum(s['allocations'] for s in d['statistics']
	if s['traceback'][0]['function'] == 'parse_words')" 60000
is "sum(s['temporary'] for s in d['statistics']
	if s['traceback'][0]['function'] == 'parse_words')" 1500

report --by=function --json
is "{s['key']: s['count'] for s in d['statistics']}['cache_store']" 3000
report --by=traceback --json '--filter=function=cache_store'
is "sorted({f['function'] for s in d['statistics'] for f in s['traceback']}
	& {'serve_page', 'serve_search', 'cache_store'})" \
	"['cache_store', 'serve_page', 'serve_search']"
report --by=function --cumulative --json
is "{s['key']: s['size'] for s in d['statistics']}['main'] == $bytes" True
for key in lineno traceback filename function module thread; do
	report --by=$key --json
	is "sum(s['size'] for s in d['statistics']) == $bytes" True
	is "sum(s['count'] for s in d['statistics']) == $blocks" True
	report --by=$key
	report --by=$key --format=tracemalloc
	report --by=$key --csv
	python3 -c 'import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
assert sum(int(r["size"]) for r in rows) == int(sys.argv[2]), rows' "$T/out" "$bytes" ||
		fail "CSV by $key"
done
report --limit=1 --format=tracemalloc
grep -qE 'worker\.c:[0-9]+: size=[0-9]+ (KiB|MiB), count=1500, average=[0-9]+ B$' "$T/out" ||
	fail "not str(Statistic)"
[ "$(wc -l <"$T/out")" = 1 ] || fail "--limit"
report --filter=function=warm_up --json
is "[s['size'] for s in d['statistics']]" "[1048576]"

expect 0 "$MEMTOP" report --json "$T/w.memtop@peak"
is "d['moment']['name'], d['traced']['current'] == d['traced']['peak_ever']" "('peak', True)"
refused 2 nonsense "$MEMTOP" report "$T/w.memtop@nonsense"

# The same again, to the byte.
report --json
cp "$T/out" "$T/first"
expect 0 "$MEMTOP" record -o "$T/v.memtop" "$B/examples/worker" 1500
expect 0 "$MEMTOP" report --json "$T/v.memtop"
cp "$T/out" "$T/second"
same="[(s['key'], s['size'], s['count'], s['total'], s['allocations'], s['temporary'],
	s['peak']) for s in d['statistics']]"
[ "$(json "$T/first" "$same")" = "$(json "$T/second" "$same")" ] || fail "two runs differ"

# Growth from a short run to a long one.
expect 0 "$MEMTOP" record -o "$T/u.memtop" "$B/examples/worker" 2500
expect 0 "$MEMTOP" diff --json "$T/w.memtop" "$T/u.memtop"
is "d['statistics'][0]['traceback'][0]['function']" cache_store
is "d['statistics'][0]['count_diff']" 1000
is "{s['traceback'][0]['function']: s['size_diff'] for s in d['statistics']}['warm_up']" 0
expect 0 "$MEMTOP" diff "$T/w.memtop" "$T/u.memtop"
printed cache_store
expect 0 "$MEMTOP" diff --format=tracemalloc --limit=1 "$T/w.memtop" "$T/u.memtop"
grep -qE 'worker\.c:[0-9]+: size=[0-9]+ KiB \(\+[0-9]+ KiB\), count=2500 \(\+1000\), average=' \
	"$T/out" || fail "not str(StatisticDiff)"
exit 0
