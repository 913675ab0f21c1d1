#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Help comes from the tables, and each command and option stands in the manual.
. tests/lib.sh

expect 0 "$MEMTOP" --version
grep -qx 'memtop [0-9.]*' "$T/out" || fail "no version"

expect 0 "$MEMTOP" help
printed 'Usage: memtop [OPTIONS] [--] PROGRAM [ARG...]'
cp "$T/out" "$T/help"
expect 0 "$MEMTOP" --help
cmp -s "$T/out" "$T/help" || fail "--help and help differ"
for verb in record check open report diff export resolve ctl; do
	expect 0 "$MEMTOP" help $verb
	printed "Usage: memtop $verb"
	printed "  memtop $verb "
	cp "$T/out" "$T/help"
	expect 0 "$MEMTOP" $verb --help
	cmp -s "$T/out" "$T/help" || fail "$verb --help and help $verb differ"
	grep -q "^\.B memtop $verb\|^\.BR* \"*memtop $verb" share/man/memtop.1 ||
		fail "memtop.1 has no command $verb"
	page=$(sed -n 's/^Full documentation: man //p' "$T/help")
	[ -s "share/man/$page.1" ] || fail "help $verb names the page '$page'"
	for option in $(sed -n 's/^  .\{4\}\(--[a-z-]*\).*/\1/p' "$T/help"); do
		cat share/man/*.1 | sed 's/\\-/-/g' | grep -qF -- "$option" ||
			fail "no manual page has $option"
	done
	awk 'length > 110' "$T/out" | grep . && fail "help is too wide"
done
expect 0 "$MEMTOP" report --sort=help
printed allocations
grep -q size_diff "$T/out" && fail "a diff's column in report"
expect 0 "$MEMTOP" report --by=help
printed traceback
printed domain
expect 0 "$MEMTOP" diff --sort=help
printed size_diff
exit 0
