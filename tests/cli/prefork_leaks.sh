#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A line that leaks in two workers of three has one verdict: their growth together, the
# earliest begin, and whose evidence it is; in report, JSON, CSV, check and on tab 8.
. tests/lib.sh
worker="$B/tests/workers/prefork_leaks"

"$MEMTOP" check --no-leaking='function = serve_request' --report="$T/v.json" -o "$T/c.memtop" -- \
	"$worker" 20 >"$T/check.out" 2>"$T/check.err" &
check=$!
expect 0 "$MEMTOP" record -o "$T/p.memtop" "$worker" 20
leaked=$(cat "$T/out")
grep -q 'most growth: +.* a minute since 00:00:0. at .*prefork_leaks.c:.* (leaking in 2 processes)' \
	"$T/err" || fail "record does not say what grew"

expect 0 "$MEMTOP" report --process=all --sort=growth --json "$T/p.memtop"
is "[(r['traceback'][0]['function'], r['verdict']) for r in d['statistics']
	if r['traceback'][0]['function'] in ('serve_request', 'look_up') and r['size']]" \
	"[('serve_request', 'leaking'), ('look_up', 'settled')]"
is "d['statistics'][0]['size'], d['statistics'][0]['count'] * 512" "($leaked, $leaked)"
is "abs(d['statistics'][0]['growth_blocks'] * 512 / d['statistics'][0]['growth'] - 1) < 1e-6" True
is "d['statistics'][0]['since'] < 3, d['census'] > 15" "(True, True)"
is "d['statistics'][0]['reason'].startswith('in 2 processes, most in ')" True
is "sum(d['statistics'][0]['generations']) < d['statistics'][0]['run'][-1] <= d['statistics'][0]['size']" True
pid=$(json "$T/out" "d['statistics'][0]['reason'].split(':')[0].split()[-1]")
since=$(json "$T/out" "d['statistics'][0]['since']")
growth=$(json "$T/out" "d['statistics'][0]['growth']")
pids=$(json "$T/out" "' '.join(str(p['pid']) for p in d['processes'][1:])")

# It is made of what each process has by itself; the one that it names grows the most.
sum=0 most=0 mostly=none earliest=99
for one in $pids; do
	expect 0 "$MEMTOP" report --process="$one" --sort=growth --json \
		--filter='function = serve_request' "$T/p.memtop"
	own=$(json "$T/out" "sum(r['growth'] for r in d['statistics'])")
	begun=$(json "$T/out" "min([r['since'] for r in d['statistics'] if r['verdict'] == 'leaking'], default=99)")
	[ "$own" = 0 ] || python3 tests/cli/lib/pace.py "$T/p.memtop" serve_request "$one" ||
		fail "$one does not grow by what its slices say"
	sum=$(echo "$sum $own" | awk '{ printf "%.1f", $1 + $2 }')
	earliest=$(echo "$earliest $begun" | awk '{ print $1 < $2 ? $1 : $2 }')
	if [ "$(echo "$own $most" | awk '{ print ($1 > $2) }')" = 1 ]; then
		most=$own mostly=$one
	fi
done
[ "$mostly" = "$pid" ] || fail "$pid is named, $mostly grows the most"
[ "$(echo "$sum $growth" | awk '{ print ($1 - $2 < 1 && $2 - $1 < 1) }')" = 1 ] ||
	fail "$growth is not the sum of what each grows by, $sum"
[ "$(echo "$earliest $since" | awk '{ print ($1 == $2) }')" = 1 ] ||
	fail "since $since, not $earliest"

expect 0 "$MEMTOP" report --process=all --sort=growth "$T/p.memtop"
printed "as of the last census of each, at 00:00:"
grep -q "since 00:00:0.: in 2 processes, most in $pid: 11 of 11 slices rise" "$T/out" ||
	fail "no reason"
expect 0 "$MEMTOP" report --process=all --sort=growth --format=csv "$T/p.memtop"
printed ",leaking,\"in 2 processes, most in $pid: "
printf '%s\n' ':process all' 8 'wait settled' ':save-screen -' >"$T/play"
expect 0 "$MEMTOP" open --play="$T/play" --size=140x30 "$T/p.memtop"
grep -q "leaking.*prefork_leaks.c:.*serve_request" "$T/out" || fail "tab 8 has no leak"

# check judges the workers and not the first process, which did next to nothing.
wait "$check" && ended=0 || ended=$?
[ "$ended" = 99 ] || fail "check --no-leaking ended with $ended: $(cat "$T/check.err")"
grep -q '^  --no-leaking.*  none  *1 line  BROKEN (process [0-9]*, ' "$T/check.err" ||
	fail "$(cat "$T/check.err")"
grep -q 'in 2 processes, most in [0-9]*: 11 of 11 slices rise' "$T/check.err" ||
	fail "no reason: $(cat "$T/check.err")"
cp "$T/v.json" "$T/out"
is "d['limits'][0]['was'], d['limits'][0]['judged'], d['limits'][0]['unjudged']" "(1, 3, 1)"
is "d['limits'][0]['process'] == int(d['limits'][0]['lines'][0]['reason'].split(':')[0].split()[-1])" True
exit 0
