#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A program without debug information: its lines come from a debuginfod server if the
# user named one, and no server is asked otherwise.
. tests/lib.sh

cat >"$T/w.c" <<'END'
#include <stdlib.h>
__attribute__((noinline)) void *built(size_t size)
{
	void *p = malloc(size);
	__asm__("" : "+r"(p));
	return p;
}
int main(void) { return !built(12345); }
END
$CC -g -O1 -Wl,--build-id=0x00112233445566778899aabbccddeeff -o "$T/w" "$T/w.c" || exit 1
folder=$T/server/buildid/00112233445566778899aabbccddeeff
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
