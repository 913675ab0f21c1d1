#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A prefork server's leak is in a worker, and what is shown is the first process: report,
# diff, their JSON, record's last lines and the screen say who holds more; the figures
# shown stay the first process's own.
. tests/lib.sh
file="$T/r.memtop"

expect 0 "$MEMTOP" record -o "$file" "$B/tests/workers/prefork" 300
said 'ended with status 0: current 19.5 KiB in 20 blocks'
said 'held at its peak 2949 KiB, more than what is shown: --process='
pid=$(sed -n 's/.*more than what is shown: --process=\([0-9]*\).*/\1/p' "$T/err")
run "$MEMTOP" report --json --process=all "$file"
is 'd["holds_more"]' None

run "$MEMTOP" report "$file"
printed 'total: 19.5 KiB in 20 blocks'
printed "process $pid ($B/tests/workers/prefork) holds 2949 KiB, more than what is shown: --process=$pid or --process=all"
[ "$(grep -c 'more than what is shown' "$T/out")" = 1 ] || fail "not one line"
run "$MEMTOP" report --json "$file"
is 'd["process"]' main
is 'd["holds_more"]["pid"]' "$pid"
is 'd["holds_more"]["size"]' 3020000
run "$MEMTOP" report "$file@peak"
printed "process $pid ($B/tests/workers/prefork) holds"
run "$MEMTOP" export --format=json "$file"
is 'd["holds_more"]["pid"]' "$pid"
run "$MEMTOP" report --process="$pid" "$file"
printed serve_request
run "$MEMTOP" report --json --process="$pid" "$file"
is 'd["holds_more"]' None
# Other formats stay what they are.
for format in csv tracemalloc; do
	run "$MEMTOP" report --format=$format "$file"
	grep -q 'holds' "$T/out" && fail "$format has a sentence"
done

# Between two moments of one run.
run "$MEMTOP" diff "$file@began" "$file@exit"
printed "process $pid ($B/tests/workers/prefork) grew by"
run "$MEMTOP" diff --json "$file@began" "$file@exit"
is 'd["holds_more"]["size_diff"]' 3020000
# Two runs have no process in common.
expect 0 "$MEMTOP" record --quiet -o "$T/old.memtop" "$B/tests/workers/prefork" 10
run "$MEMTOP" diff "$T/old.memtop" "$file"
printed "process $pid ($B/tests/workers/prefork) holds"
# One that holds no more is not mentioned.
expect 0 "$MEMTOP" record -o "$T/alone.memtop" "$B/tests/workers/leak"
grep -q 'more than what is shown' "$T/err" && fail "alone"
run "$MEMTOP" report "$T/alone.memtop"
grep -q 'more than what is shown' "$T/out" && fail "alone"

printf '%s\n' 'wait settled' ':save-screen -' ":process $pid" 'wait settled' ':save-screen -' >"$T/play"
run "$MEMTOP" open --play="$T/play" --size=120x24 "$file"
[ "$(grep -c "\[$pid HOLDS MORE\]" "$T/out")" = 1 ] || fail "the header"
exit 0
