#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Each link of the pages leads to a file, each file that they name exists, the manual
# page is sound and has each column, key and format, and each room of the tracer says what it is for.
cd "$(dirname "$0")/../.." || exit 1
bad=0
for page in README.md share/doc/*.md tracer/preload/*/README.md; do
	for link in $(grep -o '](\([^)#:]*\))' "$page" | tr -d ']()'); do
		[ -e "$(dirname "$page")/$link" ] || { echo "$page: no $link"; bad=1; }
	done
	for file in $(grep -oE '`[a-z_]+/[a-z_/]*\.(c|h|def|sh|allow|txt)`' \
		"$page" | tr -d '`'); do
		ls "$file" "tracer/$file" "tests/$file" "tracer/preload/$file" 2>/dev/null | grep -q . ||
			{ echo "$page: no $file"; bad=1; }
	done
done
for room in $(sed -n 's/^\(tracer\/preload\/[a-z]*\):.*/\1/p' tests/lint/rooms.txt); do
	for line in For 'Belongs here' Start Failure; do
		grep -q "^- \*\*$line\*\*: " "$room/README.md" ||
			{ echo "$room/README.md: no line '$line'"; bad=1; }
	done
done
# in_page WHAT PAGE FIRST LAST NAME...: each name stands in bold in the part of a manual page
# from the line FIRST on, up to the next line LAST.
in_page() {
	what=$1 page=share/man/$2
	part=$(sed -n "/$3/,/$4/p" "$page" | grep '^\.B' | tr -cs 'a-z_' '\n')
	shift 4
	[ $# -gt 0 ] || { echo "no $what is found in its list"; bad=1; }
	for name; do
		echo "$part" | grep -qx "$name" || { echo "$page: no $what $name"; bad=1; }
	done
}
# figures PATTERN: the names of those whose entry has it.
figures() {
	awk -v RS='\nFIGURE[(]' -v pattern="$1" \
		'NR > 1 && $0 ~ pattern { split($0, part, "\""); print part[2] }' views/row/figures.def
}
in_page column memtop-report.1 '^\.SH COLUMNS' '^The screen shows' $(figures .)
in_page weight memtop-export.1 '^\.SH FORMATS' '^\.TP' $(figures ' WEIGHT')
in_page format memtop-export.1 '^\.SH FORMATS' '^\.SH SEE' \
	$(sed -n 's/^\t{ "\([a-z]*\)", "\..*/\1/p' views/export/formats.c)
in_page key memtop-report.1 '^\.BR .*-by=' '^What a row is' \
	$(sed -n 's/^KEY([^"]*"\([a-z]*\)".*/\1/p' views/row/keys.def)
for field in $(figures ', FIELD'); do
	grep -q "^|.*\`$field\`" share/doc/FILTER.md || { echo "FILTER.md: no field $field"; bad=1; }
done
# groff 1.23 warns of these, older ones draw them too wide in silence.
awk '/^\.TS/ {table = 1} /^\.TE/ {table = 0}
	table && /\|/ && !/T\{$/ && length > 60 {print FILENAME ":" FNR ": a cell so long is a T{ block"; bad = 1}
	END {exit bad}' share/man/*.[135] || bad=1
if command -v groff >/dev/null; then
	for page in share/man/*.[135]; do
		grep -q '^\.so ' "$page" && continue
		groff -t -man -ww -z "$page" 2>&1 | grep . && bad=1
	done
fi
exit $bad
