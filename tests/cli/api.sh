#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# memtop.h in a program's hands: what it is told there is what the inspector
# tells, to the byte, and a broken ceiling names the lines.
. tests/lib.sh
worker=$B/tests/workers/ceiling
source=$(realpath tests/preload/workers/ceiling.c)
line() {
	awk -v label="/* @$1 */" 'index($0, label) { print FNR }' "$source"
}

expect 0 "$worker"
printed 'without memtop'
for run in 1 2 3; do
	expect 0 "$MEMTOP" record --quiet --force -o "$T/r.memtop" "$worker"
	cp "$T/out" "$T/said"
	grep -qx 'peak 3.000000 MB exceeded the ceiling of 2.999999 MB' "$T/said" || fail "no peak"
	grep -qx "  2930 KiB at $source:$(line wide) in wide_block" "$T/said" || fail "no line"
	grep -qx 'growth 70000 bytes exceeded the ceiling of 69999 bytes' "$T/said" || fail "no growth"
	grep -qx "  68.4 KiB at $source:$(line kept) in kept_block" "$T/said" || fail "no growth"
	[ "$(grep -c ' at ' "$T/said")" = 2 ] || fail "other lines were blamed"
	for name in four less; do
		expect 0 "$MEMTOP" report --json "$T/r.memtop@$name"
		is "d['traced']['current']" "$(awk -v n=$name '$1 == n { print $2 }' "$T/said")"
		is "sum(r['size'] for r in d['statistics']) == d['traced']['current']" True
	done
done

# A program cannot talk its way out of a check.
expect 99 "$MEMTOP" check --max-peak=7M -- "$worker"
said 'in kept_block'
exit 0
