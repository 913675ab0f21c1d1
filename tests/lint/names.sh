#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A function's name stands in one file only, so that grep, a debugger's breakpoint and a
# profile find one function. Exempt are the clock of preload, which is another
# program, and the machines but one, as a program has one of them.
cd "$(dirname "$0")/../.." || exit 1
command -v ctags >/dev/null || { echo "no universal-ctags here"; exit 77; }
ctags -x --languages=C --langmap=C:.c.h --kinds-C=f --_xformat='%N %F' \
	$(find tracer views tui -name '*.[ch]' -not -path 'tracer/machine/aarch64/*' | sort) | sort -u | awk '
$1 == "_Atomic" || $2 == "tracer/preload/base/clock.h" { next }
{ files[$1]++; where[$1] = where[$1] " " $2; all++ }
END {
	for (name in files)
		if (files[name] > 1) {
			print name ":" where[name] ": a function name for one file only"
			bad = 1
		}
	if (!all) { print "ctags found no function"; bad = 1 }
	exit bad }'
