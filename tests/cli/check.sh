#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# memtop check: limits that hold and limits that do not, whose failure comes
# first, and what is said about it.
. tests/lib.sh
report=$B/examples/build_report
check() {
	want=$1
	shift
	expect "$want" "$MEMTOP" check "$@"
}
verdict() {
	cp "$T/v.json" "$T/out"
	is "$1" "$2"
}
line=$(awk '/row->blob = malloc/ { print FNR }' share/examples/build_report.c)

# The guide's report of 2,000 rows stays under 5 MiB, that of 20,000 does not.
check 0 --max-peak=5M -- "$report"
said "check passed: $report ended with status 0"
grep -q '^  --max-peak=5M  *5120 KiB  *2031 KiB  ok$' "$T/err" || fail "no real figure"
check 99 --max-peak=5M --report="$T/v.json" -- "$report" 20000
said "check failed: $report ended with status 0"
grep -q '^  --max-peak=5M  *5120 KiB  *19.8 MiB  BROKEN$' "$T/err" || fail "no real peak"
said "19.5 MiB, 20 000 blocks at "
said "share/examples/build_report.c:$line in make_row"
verdict "d['check'], d['doubt'], d['traced']['peak_ever'], d['lost']" \
	"('failed', None, 20800000, 0)"
verdict "[(l['limit'], l['figure'], l['filter'], l['moment'], l['at_most'], l['was'], l['broken'])
	for l in d['limits']]" \
	"[('--max-peak=5M', 'peak', None, 'peak', 5242880, 20800000, True)]"
verdict "[(r['size'], r['count'], r['traceback'][0]['function'], r['traceback'][0]['line'])
	for r in d['limits'][0]['lines']][0]" "(20480000, 20000, 'make_row', $line)"

# To the byte and the block, every figure; equal is not broken, but for <.
check 0 --max-peak=20800000 --max-exit=0 --max-exit-blocks=0 --max-total=20800000 \
	--max-allocs=40K --report="$T/v.json" -- "$report" 20000
verdict "[l['was'] for l in d['limits']]" "[20800000, 0, 0, 20800000, 40000]"
for limit in peak=20799999 total=20799999 allocs=39999; do
	check 99 --max-$limit -- "$report" 20000
	[ "$(grep -c BROKEN "$T/err")" = 1 ] || fail "--max-$limit is not broken"
	said make_row
done
check 99 '--ceiling=function = make_row: peak < 20800000' -- "$report" 20000
check 0 '--ceiling=function = make_row: peak <= 20800000' -- "$report" 20000
# A limit that holds because its filter is misspelt says so; one that keeps what was freed does not.
check 0 '--ceiling=function = makerow: peak <= 1' '--ceiling=function = make_row: exit <= 0' \
	--report="$T/v.md" -- "$report" 20000
[ "$(grep -c 'ok (its filter kept nothing)$' "$T/err")" = 1 ] || fail "nothing is not told"
grep -q 'makerow.*ok (its filter kept nothing) |$' "$T/v.md" || fail "nor in Markdown"
rm "$T/v.md"

# What is never freed: the example worker tells how much.
expect 0 "$B/examples/worker" 300
set -- $(tr -cd '0-9 ' <"$T/out")
bytes=$2 blocks=$3
check 0 --max-exit="$bytes" --max-exit-blocks="$blocks" -- "$B/examples/worker" 300
check 99 --max-exit=$((bytes - 1)) --max-exit-blocks=$((blocks - 1)) --report="$T/v.json" -- \
	"$B/examples/worker" 300
[ "$(grep -c BROKEN "$T/err")" = 2 ] || fail "exit limits are not broken"
said "in warm_up"
verdict "[l['was'] for l in d['limits']]" "[$bytes, $blocks]"
verdict "[l['lines'][0]['traceback'][0]['function'] for l in d['limits']]" \
	"['warm_up', 'cache_store']"

# --filter chooses the lines that are named, and changes no figure.
check 99 --filter='function = cache_store' --max-exit=1 --report="$T/v.json" -- \
	"$B/examples/worker" 300
verdict "[[r['traceback'][0]['function'] for r in l['lines']] for l in d['limits']]" \
	"[['cache_store', 'cache_store']]"
verdict "[l['was'] for l in d['limits']]" "[$bytes]"
check 99 --filter=no_such_line --max-exit=1 -- "$B/examples/worker" 300
said 'no line that --filter keeps'

# Ceilings see only what their filter keeps.
check 7 '--ceiling=function = warm_up: exit <= 1M' '--ceiling=function=warm_up:exit<1M' \
	--ceiling 'function = no_such: total <= 0' '--ceiling=not function = warm_up: exit <= 1' \
	--error-exitcode=7 --report="$T/v.json" -- "$B/examples/worker" 300
verdict "[l['was'] for l in d['limits']]" "[1048576, 1048576, 0, $((bytes - 1048576))]"
verdict "[l['broken'] for l in d['limits']]" "[False, True, False, True]"

# The program's own failure comes first, and the verdict is printed all the same.
check 3 --max-peak=1 -- sh -c 'exit 3'
said "check failed: sh ended with status 3"
check 137 --max-peak=1 -- sh -c 'kill -9 $$'
said "check failed: sh was ended by signal 9"
# Nor do limits that held make a success of it.
check 143 --max-peak=1G --quiet --report="$T/v.json" -- sh -c 'kill $$'
said "memtop: check: limits held, but sh was ended by signal 15"
verdict "d['check'], d['program']['signal'], d['doubt']" "('signal', 15, None)"
check 139 -- sh -c 'kill -SEGV $$'
said "memtop: check: sh was ended by signal 11"
! grep -q passed "$T/err" || fail "passed, and ended by a signal"
check 127 --max-peak=1G --report="$T/v.json" -- "$T/none"
verdict "d['check'], d['limits']" "('unknown', [])"
check 126 --max-peak=1G -- /dev/null

# What can't be known is not passed, unless one says so.
echo 'int main(void) { return 0; }' >"$T/static.c"
$CC -static -o "$T/static" "$T/static.c"
check 125 --max-peak=1G --report="$T/v.json" -- sh -c "exec $T/static"
verdict "d['check'], d['doubt'].replace(chr(39), '')" \
	"('unknown', 'the program became one that cant be traced')"
said "--allow-loss passes nevertheless"
check 0 --max-peak=1G --allow-loss -- sh -c "exec $T/static"
check 99 --max-peak=1 -- sh -c "exec $T/static"
rm "$T/static" "$T/static.c"

# Each process is judged by itself, the sum with --tree.
both="$report 3000; $report 3000; exit 0"
check 0 --max-peak=4M --max-total=4M '--ceiling=function = make_row: peak <= 3120000' \
	'--ceiling=function = make_row: allocs <= 6000' -- sh -c "$both"
check 99 --tree --max-total=4M '--ceiling=function = make_row: allocs <= 6000' \
	--report="$T/v.json" -- sh -c "$both"
verdict "[l['broken'] for l in d['limits']], d['limits'][1]['was']" "([True, True], 12000)"
check 99 --max-peak=3M '--ceiling=function = make_row: peak < 3640000' --report="$T/v.json" -- \
	sh -c "$report 100; $report 3500; exit 0"
[ "$(grep -c "  BROKEN (process [0-9]*, $report)$" "$T/err")" = 2 ] || fail "no process named"
verdict "[l['process'] not in (None, d['program']['pid']) for l in d['limits']]" "[True, True]"
verdict "[l['was'] for l in d['limits']]" "[3640000, 3640000]"

# What no limit shall see has a name and a reason; the unused is told.
printf '# known\n[warm-up]\nfilter = function = warm_up\nreason = for the whole run\n' >"$T/s"
printf '[old]\nreason = gone\nfilter = function = no_such\n' >>"$T/s"
check 0 --suppress="$T/s" --max-exit=$((bytes - 1048576)) --report="$T/v.json" \
	"--max-peak=$bytes" -- "$B/examples/worker" 300
said 'suppressed [warm-up]: at most 1024 KiB, for the whole run'
said 'suppressed [old]: unused, remove it'
verdict "[(s['name'], s['reason'], s['peak'], s['used']) for s in d['suppressed']]" \
	"[('warm-up', 'for the whole run', 1048576, True), ('old', 'gone', 0, False)]"
check 99 --suppress="$T/s" --max-exit=$((bytes - 1048577)) -- "$B/examples/worker" 300
# As many as there may be, with as many ceilings.
many() {
	seq "$1" | sed 's/.*/[n&]\nfilter = function = no_such_&\nreason = r/' >"$T/s"
}
many 32
check 0 --suppress="$T/s" $(seq 32 | sed 's/.*/--ceiling=f&:peak<=1G/') -- "$report"
[ "$(grep -c 'unused, remove it' "$T/err")" = 32 ] || fail "not all suppressions are told"
many 33
refused 2 'line 97: too many' "$MEMTOP" check --suppress="$T/s" x
refuse_suppression() {
	printf "$1" >"$T/s"
	refused 2 "$2" "$MEMTOP" check --suppress="$T/s" x
}
refuse_suppression 'filter = x\n' 'line 1: expected [NAME]'
refuse_suppression '[x]\nreason = y\n' 'needs a filter and a reason'
refuse_suppression '[x]\nfilter = y\n[z]\n' 'line 3: the one before needs'
refuse_suppression '[x]\nfilter = size > 3\n' 'tests of figures such as size > 64K have no meaning'
refuse_suppression '[x]\nfilter = (y\n' 'line 2: column'
refused 2 'No such file' "$MEMTOP" check --suppress="$T/none" x
rm "$T/s"

# Against an earlier run: what grew is named.
check 0 -o "$T/b.memtop" -- "$B/examples/worker" 300
check 0 --baseline="$T/b.memtop" -- "$B/examples/worker" 300
check 0 --baseline="$T/b.memtop" --max-growth=12% -- "$B/examples/worker" 400
check 99 --baseline="$T/b.memtop" --max-growth=2K --report="$T/v.json" -- \
	"$B/examples/worker" 400
said 'at cache_store'
verdict "[(l['broken'], l['lines'][0]['key'], l['lines'][0]['count_diff'])
	for l in d['limits']][1]" "(True, 'cache_store', 200)"
refused 2 '--max-growth needs --baseline' "$MEMTOP" check --max-growth=5% x
refused 2 'a percentage such as 5% or a size' "$MEMTOP" check --max-growth=% x
refused 127 'none.memtop' "$MEMTOP" check --baseline="$T/none.memtop" x
ln -s b.memtop "$T/link.memtop"
refused 2 'is the baseline; record to another file' "$MEMTOP" check --baseline="$T/b.memtop" \
	-o "$T/link.memtop" --force -- "$B/examples/worker" 400
expect 0 "$MEMTOP" report "$T/b.memtop"
rm "$T/link.memtop"
rm "$T/b.memtop"

# A passed verdict is quiet if one likes; a recording is written if one asks.
check 0 --quiet --max-peak=5M -o "$T/r.memtop" -- "$report"
[ ! -s "$T/err" ] || fail "--quiet said something"
expect 0 "$MEMTOP" report --json "$T/r.memtop@peak"
is "d['traced']['peak_ever']" 2080000
check 0 --max-peak=5M --tree -- "$report"
[ "$(ls "$T")" = "$(printf '%s\n' err out r.memtop v.json)" ] || fail "files left: $(ls "$T")"

refused 2 'check: no program given' "$MEMTOP" check --max-peak=1
check 0 -- "$report"
said 'no limit was given; the peak was 2031 KiB'
refused 2 '--max-peak=1Q: not a size' "$MEMTOP" check --max-peak=1Q x
refused 2 "column 9: expected < or <=" "$MEMTOP" check '--ceiling=x: peak > 1' x
refused 2 'an exit status from 1 to 255' "$MEMTOP" check --error-exitcode=0 x
refused 2 '--max-peak: not an option of record' "$MEMTOP" record --max-peak=1 x
refused 125 "cannot write --report=$T: Is a directory" "$MEMTOP" check --max-peak=1 \
	--report="$T" x
exit 0
