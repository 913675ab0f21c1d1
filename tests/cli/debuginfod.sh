#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A program without debug information: its lines come from a debuginfod server if the
# user named one, and no server is asked otherwise.
. tests/lib.sh
. tests/cli/lib/unnamed.sh

build w $id
folder=$T/server/buildid/$id
mkdir -p "$folder"
objcopy --only-keep-debug "$T/w" "$folder/debuginfo"
strip "$T/w"

record() {
	rm -rf "$T/cache"               # it keeps in mind what no server had
	expect 0 env "DEBUGINFOD_CACHE_PATH=$T/cache" DEBUGINFOD_TIMEOUT=10 "$@" "$MEMTOP" record \
		--quiet --force -o "$T/r.memtop" "$T/w"
	expect 0 "$MEMTOP" report --limit=1 "$T/r.memtop"
	printed '12.1 KiB'
}
record env -u DEBUGINFOD_URLS
grep -q 'w\.c:' "$T/out" && fail "a line out of nowhere"
[ ! -e "$T/cache" ] || fail "somebody was asked"
record env "DEBUGINFOD_URLS=file://$T/nothing"
grep -q 'w\.c:' "$T/out" && fail "a line out of nothing"
record env "DEBUGINFOD_URLS=file://$T/server"
grep -q 'w\.c:4' "$T/out" || {
	ldconfig -p 2>/dev/null | grep -q libdebuginfod.so.1 || skip "no libdebuginfod here"
	fail "no line from the server"
}
exit 0
