#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The walls: a room includes itself and the rooms that rooms.txt allows, the
# rooms form no cycle, and each foreign library stays in its room.
cd "$(dirname "$0")/../.." || exit 1
rooms=tests/lint/rooms.txt
files=$(find tracer views tui -name '*.[ch]' | sort)
bad=0

awk 'FNR == NR { split($0, r, ":"); may[r[1]] = " " r[1] " " r[2] " "; next }
/^#[ \t]*include "/ {
	room = FILENAME; sub("/[^/]*$", "", room)
	split($0, q, "\""); dep = q[2]; sub("/[^/]*$", "", dep)
	if (!(room in may)) { print FILENAME ": no room of " room " in rooms.txt"; bad = 1 }
	else if (!index(may[room], " " dep " ")) {
		print FILENAME ":" FNR ": " room " may not include " q[2]; bad = 1 }
}
END { exit bad }' $rooms $files || bad=1

# An edge "a b" for each room b that a may include: tsort fails on a cycle.
sed 's/:/ /' $rooms | awk '{ for (i = 2; i <= NF; i++) print $1, $i }' |
	tsort >/dev/null || bad=1

# only PLACES INCLUDE: files outside PLACES (a regex of paths) with that include
only() {
	if grep -nE "^#[ 	]*include $2" $files | grep -vE "^($1)"; then
		echo "    may only be included by $1"
		bad=1
	fi
}
only 'tui/term/' '<(curses|ncurses|ncursesw/|term\.h|readline/|vterm)'
only 'tui/term/|tui/desk/|tui/commands/cmd(_live|_view)?\.' '"tui/term/'
only 'tracer/collect/debug/' '<(elfutils/|dwarf|libelf|gelf|demangle)'
only 'tracer/collect/names/' '<libunwind'
only 'tracer/collect/recording/' '<sqlite3'
only 'tracer/preload/' '"tracer/preload/'
only 'tracer/machine/(machine|process|words)\.h' '"tracer/machine/[a-z0-9_]*/'

# What only one machine has stands in its folder.
if grep -nE '__(x86_64|aarch64)__|EM_(X86_64|AARCH64)|R_(X86_64|AARCH64)_|_ia32_|[^[:alnum:]_](r[sb]p|rip|rax|x29|x30)[^[:alnum:]_]' \
	$(echo "$files" | grep -v '^tracer/machine/'); then
	echo "    belongs into tracer/machine"
	bad=1
fi

# What stands on the ground for the injected library too needs no libc at all, and
# what asks the system is for those who do I/O anyway.
if grep -nE '^#[ 	]*include <(std(io|lib)|string|malloc|unistd|time)' tracer/ground/shared/*.h; then
	echo "    the target has no use for it"
	bad=1
fi
only 'tracer/(collect|ground)/|tracer/machine/[a-z0-9_]*/process/|tui/(term|desk|check)/' '"tracer/ground/(clock|folder|lines)\.h"'

# Pure rooms do no I/O.
pure='^(tracer/heap|tracer/heap/fold|tracer/heap/catalog|tracer/heap/live|tracer/heap/history|tracer/heap/growth|tracer/heap/tally|views/[a-z]*|tui/base|tui/screens)/[a-z0-9_]*\.[ch]'
if echo "$files" | grep -E "$pure" |
	xargs grep -nE '^#[ 	]*include <(fcntl|unistd|sys/|poll|pthread|signal|locale|time)'; then
	echo "    a pure room needs no system"
	bad=1
fi
exit $bad
