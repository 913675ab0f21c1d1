#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Seven lives side by side, of which one has leaked all the time: the verdicts of a run
# of 20 seconds, in report, JSON and at record's end.
. tests/lib.sh

# Beside it one that is judged by check, with what leaks suppressed but for one limit.
cat >"$T/known" <<'END'
[the late one]
filter = function = leak_late
reason = a leak of the test's own
END
"$MEMTOP" check --suppress="$T/known" --no-leaking --no-leaking='function = cache or function = queue' \
	--no-leaking='function = leak size > 1' --report="$T/v.json" -o "$T/c.memtop" -- \
	"$B/tests/workers/grows" 20 20000 >"$T/check.out" 2>"$T/check.err" &
check=$!
expect 0 "$MEMTOP" record -o "$T/g.memtop" "$B/tests/workers/grows" 20 200000
said "memtop: most growth:"
leaked=$(awk '$1 == "leak" { print $2 }' "$T/out")
python3 tests/cli/lib/pace.py "$T/g.memtop" leak || fail "its growth is not what its slices say"
expect 0 "$MEMTOP" report --by=function --sort=growth --json "$T/g.memtop"
is "[r['traceback'][0]['function'] for r in d['statistics'] if r['verdict'] == 'leaking']" "['leak']"
is "{f: r['verdict'] for r in d['statistics'] for f in [r['traceback'][0]['function']]
	if f in ('cache', 'queue', 'array')}" \
	"{'queue': 'turnover', 'array': 'one container that grows', 'cache': 'settled'}"
# Its teeth are five seconds wide, slices more than one: on a busy machine they are few.
is "[r['verdict'] in ('sawtooth', 'turnover') for r in d['statistics']
	if r['traceback'][0]['function'] == 'sawtooth']" "[True]"
is "d['statistics'][0]['size'], d['statistics'][0]['count'] * 64" "($leaked, $leaked)"
is "d['statistics'][0]['since'] < 3, d['census'] > 15" "(True, True)"

expect 0 "$MEMTOP" report --by=function --sort=growth --limit=1 "$T/g.memtop"
printed "verdicts as of the census at 00:00:"
printed "blocks a minute since 00:00:0"
refused 2 "cumulative tables and trees have no verdicts" \
	"$MEMTOP" report --by=tree --sort=growth "$T/g.memtop"
refused 2 "this moment has none" "$MEMTOP" report --sort=growth "$T/g.memtop@peak"

# check says what report says of the same run, whatever that is on this machine.
wait "$check" && ended=0 || ended=$?
expect 0 "$MEMTOP" report --sort=growth --json --filter='not function = leak_late' "$T/c.memtop"
leaking=$(json "$T/out" "[r['key'] for r in d['statistics'] if r['verdict'] == 'leaking']")
cp "$T/v.json" "$T/out"
is "[r['key'] for r in d['limits'][0]['lines']]" "$leaking"
is "[l['was'] for l in d['limits']]" "[$(json "$T/out" "len($leaking)"), 0, $(json "$T/out" "len($leaking)")]"
is "[(l['limit'], l['figure'], l['judged'], l['unjudged']) for l in d['limits'][1:]]" \
	"[('--no-leaking=function = cache or function = queue', 'leaking', 1, 0), ('--no-leaking=function = leak size > 1', 'leaking', 1, 0)]"
if [ "$leaking" = "[]" ]; then
	[ "$ended" = 0 ] || fail "check --no-leaking ended with $ended"
	grep -q '^  --no-leaking  *none  *none  ok (1 line is undecided)$' "$T/check.err" ||
		fail "no line is undecided: $(cat "$T/check.err")"
else
	[ "$ended" = 99 ] || fail "check --no-leaking ended with $ended"
	grep -q '^  --no-leaking  *none  *1 line  BROKEN' "$T/check.err" || fail "$(cat "$T/check.err")"
	grep -q '^      +.* MiB and +.* blocks a minute since 00:00:0. at .*grows.c:.* in leak$' "$T/check.err" ||
		fail "no leaking line: $(cat "$T/check.err")"
	grep -q 'of 11 slices rise; .*nothing freed yet' "$T/check.err" || fail "no reason"
fi

# What was too short is no success, unless one says so; nor is a filter that cannot be.
expect 125 "$MEMTOP" check --no-leaking --report="$T/v.json" -- "$B/tests/workers/grows" 0
said "the run was too short for a verdict"
grep -q '^  --no-leaking  *none  *?  unknown$' "$T/err" || fail "no unknown limit"
cp "$T/v.json" "$T/out"
is "d['check'], d['limits'][0]['was'], d['limits'][0]['judged'], d['limits'][0]['unjudged']" \
	"('unknown', None, 0, 1)"
expect 0 "$MEMTOP" check --no-leaking --allow-loss -- "$B/tests/workers/grows" 0
refused 2 "--no-leaking='size_diff > 1': column 1: size_diff is a figure of diffs" \
	"$MEMTOP" check --no-leaking='size_diff > 1' -- true
refused 2 "--no-leaking='line >': column 7" "$MEMTOP" check --no-leaking='line >' -- true

# One that is over at once has verdicts too: it was too short.
expect 0 "$MEMTOP" record --quiet -o "$T/s.memtop" "$B/tests/workers/grows" 0
expect 0 "$MEMTOP" report --json "$T/s.memtop"
is "{r['verdict'] for r in d['statistics']}" "{'too short'}"
exit 0
