#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Ordinary programs whose segments have gaps between them: their stacks reach the
# root.  What is not installed is not run.
. tests/lib.sh
ran=0
printf 'scale=60\n4*a(1)\nquit\n' >"$T/pi"
printf 'all:\n\t@echo $(wildcard *) $(shell echo shell)\n' >"$T/Makefile"

# whole NAME ARG...: no stack of the program is cut, and they are some calls deep.
whole() {
	local path
	path=$(command -v "$1") || { echo "$1: not installed"; return; }
	expect 0 "$MEMTOP" record --force --quiet --follow=none --symbol-time=0.001 -o "$T/m" -- "$path" "${@:2}"
	expect 0 "$MEMTOP" report --by=traceback --json "$T/m@peak"
	is "d['truncated']" 0
	is "len(d['statistics']) > 5, {r['cut'] for r in d['statistics']}" "(True, {None})"
	is "sum(len(r['traceback']) for r in d['statistics']) > 4 * len(d['statistics'])" True
	echo "$1: $(json "$T/out" "len(d['statistics'])") stacks to the root"
	ran=$((ran + 1))
}

whole make -C "$T" -f "$T/Makefile"
whole bc -lq "$T/pi"
whole lsof -p $$
whole ctags -f "$T/tags" tests/preload/cases/segments.c
# Its JavaScript is code without unwind information, and says so; C++ reaches main.
if command -v node >/dev/null; then
	expect 0 "$MEMTOP" record --force --quiet --follow=none --symbol-time=0.001 -o "$T/m" -- node -e \
		'JSON.stringify([...Array(1000).keys()])'
	expect 0 "$MEMTOP" report --by=traceback --json "$T/m@peak"
	is "{r['cut'] for r in d['statistics']} <= {None, 'nframe', 'jit', 'no-unwind-info'}" True
	is "sum(r['allocations'] for r in d['statistics'] if not r['cut']) > \
		sum(r['allocations'] for r in d['statistics'] if r['cut'])" True
	ran=$((ran + 1))
fi
[ $ran -gt 0 ] || skip "none of these programs is installed"
exit 0
