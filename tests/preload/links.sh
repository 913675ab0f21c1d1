#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The walls of tests/lint/rooms.txt hold for what is linked too: no room of
# libmemtop.so calls or reads what stands in one that it may not include, by a
# declaration of its own.
. tests/lib.sh
names=$(sed -n 's/^HOOK(\([^,]*\),.*/\1/p' tracer/preload/behind/hooks.def | tr '\n' ' ')
for source in tracer/preload/*/*.c; do
	nm "$B/${source%.c}.o" | sed "s,^,${source%/*} ," || fail "no object of $source"
done >"$T/symbols"
[ -s "$T/symbols" ] || fail "no symbols"

# The hooked names are libc's, for who calls them: they may lead to us.
awk -F: -v names="$names" '
BEGIN { n = split(names, name, " "); for (i = 1; i <= n; i++) hooked[name[i]] = 1 }
FNR == NR { may[$1] = " " $1 " " $2 " "; next }
{ n = split($0, word, " "); symbol = word[n]; kind = word[n - 1] }
symbol in hooked { next }
kind == "U" { used[word[1], symbol] = 1; next }
kind ~ /^[TDBRVW]$/ { home[symbol] = word[1] }
END {
	for (pair in used) {
		split(pair, part, SUBSEP)
		at = home[part[2]]
		all += at != ""
		if (at != "" && !index(may[part[1]], " " at " ")) {
			print part[1] " may not use " part[2] ", of " at
			bad = 1 }
	}
	if (all < 200) { print "only " all " uses were seen"; bad = 1 }
	exit bad }' tests/lint/rooms.txt "$T/symbols" || fail "a wall was passed"
exit 0
