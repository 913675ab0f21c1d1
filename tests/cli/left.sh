#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A program that becomes one that can't be traced is told, with its figures until
# then; an exec that fails, or goes to one that can, is no news.  One that met memtop
# and found no room for the segment's descriptor is told as well: what it held, nobody saw.
. tests/lib.sh

echo 'int main(void) { return 5; }' >"$T/w.c"
$CC -o "$T/w" "$T/w.c"
$CC -static -o "$T/static" "$T/w.c" 2>/dev/null || skip "no static C library"
left="until it became a program that can't be traced"
become() {
	expect 5 "$MEMTOP" record --force -o "$T/r.memtop" "$@"
	said 'ended with status 5: current'
	[ "$(grep -cF "$left" "$T/err")" = "$told" ] || fail "$*: told wrongly"
}
told=1
become sh -c 'exec "$0"' "$T/static"
become env -i "$T/static"
told=0
become sh -c 'exec "$0"' "$T/w"
become sh -c '"$0"; exit 5' "$T/static"
become bash -c 'shopt -s execfail; exec "$0"/no 2>/dev/null; exit 5' "$T/w"
become --follow=none sh -c 'exec "$0"' "$T/static"

# Descriptors 0 to 3: the socket has the last one, the segment none.
limited='ulimit -n 4; exec "$0"'
told=1
become bash -c "$limited" "$T/w"
echo '#include <stdlib.h>
int main(void) { char *volatile p = malloc(3 << 20); return !p; }' >"$T/big.c"
$CC -o "$T/big" "$T/big.c"
judge() {
	expect "$status" "$MEMTOP" check --max-peak=1M "$@" bash -c "$command" "$T/big"
}
command="$limited"
status=125
judge
said "the program became one that can't be traced"
status=0
judge --allow-loss
judge --follow=none
command="($limited); true"
status=125
judge
said '1 process could not be traced'
command='ulimit -n 16; exec "$0"'
status=99
judge
exit 0
