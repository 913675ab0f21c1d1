#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Sizes: functions 60 lines at most and 95 % of them under 40; files 600 lines,
# headers 120; lines 90 columns wide (tabs are 8), 110 at most, 97 % under 91; 30
# files a room.
cd "$(dirname "$0")/../.." || exit 1
command -v ctags >/dev/null || { echo "no universal-ctags here"; exit 77; }
files=$(find tracer views tui share/include share/examples -name '*.[ch]' | sort)
tests=$(find tests -name '*.[ch]' | sort)
bad=0

wc -l $files $tests | awk '
# What is one page, and reads best as that.
BEGIN {
	cap["tracer/wire/wire.h"] = 280                 # the whole layout
	cap["tracer/collect/run/session.h"] = 180       # the facade, one comment a call
	cap["share/include/memtop.h"] = 165             # the whole API
}
$2 == "total" { next }
{
	most = $2 in cap ? cap[$2] : $2 ~ /^tests\// ? 900 : $2 ~ /\.h$/ ? 120 : 600
	if ($1 > most) { print $2 ": " $1 " lines, at most " most; bad = 1 }
}
END { exit bad }' || bad=1

for room in $(cut -d: -f1 tests/lint/rooms.txt); do
	count=$(find "$room" -maxdepth 1 -type f | wc -l)
	[ "$count" -le 30 ] || { echo "$room: $count files, at most 30"; bad=1; }
done

# "NAME FILE FIRST LAST" of each function
functions=$(ctags -x --languages=C --langmap=C:.c.h --kinds-C=f \
	--_xformat='%N %F %n %{end}' $files)
echo "$functions" | awk 'NF == 4 {
	n = $4 - $3 + 1; all++; under += n < 40
	if (n > 60) { print $2 ":" $3 ": " $1 " has " n " lines, at most 60"; bad = 1 }
	else if (n >= 40) long = long "\n    " $2 ":" $3 ": " $1 " has " n }
END {
	if (all && under / all < 0.95) {
		printf "%d of %d functions are under 40 lines, less than 95 %%:%s\n", under, all, long
		bad = 1 }
	exit bad }' || bad=1

# Columns: a tab leads to the next eighth.
awk '{
	columns = 0
	parts = split($0, part, "\t")
	for (i = 1; i < parts; i++) {
		columns += length(part[i])
		columns += 8 - columns % 8
	}
	columns += length(part[parts])
	all++
	wide += columns > 90
	if (columns > 110) {
		print FILENAME ":" FNR ": " columns " columns, at most 110"; bad = 1 }
}
END {
	if (wide * 100 > all * 3) {
		printf "%d of %d lines are wider than 90 columns, more than 3 %%\n", wide, all
		bad = 1 }
	exit bad }' $files || bad=1
exit $bad
