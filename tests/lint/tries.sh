#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A wall that nobody runs against may be none: in a copy of the house, with nothing in
# it, each room tries to include each other one.  rooms.sh has to refuse exactly those
# that rooms.txt does not allow, files that stand in no room, and walls that lead in
# a circle.
cd "$(dirname "$0")/../.." || exit 1
house=$(mktemp -d "${TMPDIR:-/tmp}/tries.XXXXXX")
trap 'rm -rf "$house"' EXIT
bad=0
fail() {
	echo "$*"
	bad=1
}
rooms=$(cut -d: -f1 tests/lint/rooms.txt)
mkdir -p "$house/tests/lint"
cp tests/lint/rooms.sh tests/lint/rooms.txt "$house/tests/lint"
refused() { ! "$house/tests/lint/rooms.sh" >"$house/said" 2>&1; }

for room in $rooms; do
	mkdir -p "$house/$room"
	for other in $rooms; do echo "#include \"$other/try.h\""; done >"$house/$room/try.h"
done
refused || fail "no try was refused"
awk -F: '{ may[$1] = " " $1 " " $2 " "; room[NR] = $1 }
END {
	for (i = 1; i <= NR; i++)
		for (k = 1; k <= NR; k++)
			if (!index(may[room[i]], " " room[k] " "))
				print room[i] "/try.h:" k ": " room[i] " may not include " room[k] "/try.h"
}' tests/lint/rooms.txt | sort >"$house/expected"
grep 'may not include' "$house/said" | sort | diff "$house/expected" - ||
	fail "the tries above are refused (>) or not (<) against rooms.txt"
grep -q 'tracer/preload/unwind may not include tracer/preload/python/' "$house/said" ||
	fail "the unwinder may reach Python"

for room in $rooms; do : >"$house/$room/try.h"; done
refused && fail "an empty house is refused: $(cat "$house/said")"
echo '#include "tracer/wire/try.h"' >"$house/tracer/preload/try.h"
refused || fail "a file stands between the rooms"
rm "$house/tracer/preload/try.h"

# Each room once into one that may use it.
for room in $rooms; do
	upper=$(awk -F: -v room="$room" 'index($2 " ", " " room " ") { print $1; exit }' tests/lint/rooms.txt)
	[ "$upper" ] || continue
	sed "s,^$room:.*,& $upper," tests/lint/rooms.txt >"$house/tests/lint/rooms.txt"
	refused || fail "$room may use $upper, which uses it"
done
exit $bad
