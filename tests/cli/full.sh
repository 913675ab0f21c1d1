#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A disk that gets full while the program runs: it runs to its end, memtop says
# so, doesn't name the file as if it were whole, and answers for it with 125
# unless the program failed itself.
. tests/lib.sh

unshare -rm true 2>/dev/null || skip "no namespaces for a small disk"
cat >"$T/w.c" <<'END'
#include <stdlib.h>
void *left(int n, unsigned long way), *right(int n, unsigned long way);
#define WAY(name) void *name(int n, unsigned long way) \
{ \
	void *p = !n ? malloc(10) : way >> n & 1 ? left(n - 1, way) : right(n - 1, way); \
	__asm__("" : "+r"(p)); \
	return p; \
}
WAY(left)
WAY(right)
int main(int argc, char **argv)
{
	for (unsigned long i = 0; i < 30000; i++)
		left(15, i * 7919);
	return argc > 1 ? atoi(argv[1]) : 0;
}
END
$CC -g -O1 -o "$T/w" "$T/w.c"
mkdir "$T/disk"
for code in 0 7; do
	[ $code = 0 ] && want=125 || want=$code
	expect $want unshare -rm sh -c 'mount -t tmpfs -o size=300k none "$0/disk" &&
		exec "$1" record -o "$0/disk/r.memtop" "$0/w" "$2"' "$T" "$MEMTOP" $code
	said 'disk is full; free some space'
	said "ended with status $code: current 293 KiB in 30 000 blocks"
	grep -q 'see memtop report' "$T/err" && fail "a broken recording was praised"
	[ "$(wc -l <"$T/err")" = 3 ] || fail "not three lines"
done
exit 0
