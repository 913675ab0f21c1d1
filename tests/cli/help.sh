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
# It is short, and all commands stand in it, in groups.
[ "$(wc -l <"$T/out")" -le 48 ] || fail "the overview is long: $(wc -l <"$T/out") lines"
[ "$(grep -c '^Commands .*:$' "$T/out")" = 3 ] || fail "commands are not in groups"
verbs=$(sed -n 's/^VERB([A-Z]*, "\([a-z]*\)".*/\1/p' tui/options/verbs.def)
[ "$(echo "$verbs" | wc -w)" = 12 ] || fail "verbs.def: $verbs"
for verb in $verbs; do
	printed "  $verb "
done
# memtop help memtop has the rest: as many options as the overview says.
few=$(grep -c '^  .\{4\}--' "$T/out")
more=$(sed -n 's/^memtop help memtop lists \([0-9]*\) more.*/\1/p' "$T/out")
expect 0 "$MEMTOP" help memtop
[ "$(grep -c '^  .\{4\}--' "$T/out")" = $((few + more)) ] || fail "not $more more options"
grep -q '^Screen:$' "$T/out" || fail "options are not in groups"
for verb in $verbs; do
	expect 0 "$MEMTOP" help $verb
	printed "Usage: memtop $verb"
	sed -n "/^Examples:/,/^$/p" "$T/out" | grep -q "^  memtop $verb" || fail "no example of $verb"
	cp "$T/out" "$T/help"
	expect 0 "$MEMTOP" $verb --help
	cmp -s "$T/out" "$T/help" || fail "$verb --help and help $verb differ"
	grep -q "^\.B memtop $verb\|^\.BR* \"*memtop $verb" share/man/memtop.1 ||
		fail "memtop.1 has no command $verb"
	sed -n '/^\.SH SYNOPSIS/,/^\.SH DESCRIPTION/p' share/man/memtop.1 | grep -q "^\.B memtop $verb" ||
		fail "the synopsis of memtop.1 has no command $verb"
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
