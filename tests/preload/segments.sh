#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Modules whose segments have gaps between them (make, bc, node), and modules whose
# program headers stand behind all segments (BOLT): stacks through them reach the
# root, as programs and as libraries.
. tests/lib.sh
cases=tests/preload/cases
gaps=-Wl,-z,max-page-size=0x200000

# whole NAME PROGRAM: its one block of 77 B has a stack down to the root.
whole() {
	expect 0 "$MEMTOP" record --force --quiet -o "$T/m" -- "$2"
	expect 0 "$MEMTOP" report --by=traceback --json "$T/m"
	is "[(r['size'], r['count']) for r in d['statistics']]" "[(77, 1)]"
	is "len(d['statistics'])" 1
	# libc has one frame between _start and main, and from 2.34 on two.
	is "[f['function'] for f in d['statistics'][0]['traceback'] if f['module'][:4] != 'libc']" \
		"['_start', 'main', 'outer', 'inner']"
	sqlite3 "$T/m" "select count(*) from module where length(build_id) = 20" >"$T/ids" 2>&1 ||
		return 0
	[ "$(cat "$T/ids")" -ge 2 ] || fail "$1: $(cat "$T/ids") modules with a build-id"
}

build() {
	$CC -g -O1 -Wl,--build-id=sha1 "$@" || fail "gcc $*"
}

build $gaps -o "$T/segments" $cases/segments.c
readelf -lW "$T/segments" | grep -q 'LOAD  *0x400000 ' || skip "this linker leaves no gaps"
whole segments "$T/segments"
build -no-pie $gaps -o "$T/segments" $cases/segments.c
whole "segments, at a fixed address" "$T/segments"

for more in "" $gaps; do
	build -shared -fPIC -DLIB $more -o "$T/libheaders.so" $cases/headers_last.c
	build -o "$T/headers_last" $cases/headers_last.c -L"$T" -lheaders -Wl,-rpath,"$T"
	whole "a library $more" "$T/headers_last"
	python3 $cases/headers_last.py "$T/libheaders.so" || skip "no python3"
	whole "headers last $more" "$T/headers_last"
done

exit 0
