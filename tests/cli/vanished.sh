#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A library whose file is gone before anything of it is named: root reads it by the
# target's own mapping; others are told that there is no name, and why.
. tests/lib.sh

cat >"$T/l.c" <<'END'
#include <stdlib.h>
__attribute__((noinline)) void *gone_block(size_t size)
{
	void *p = malloc(size);
	__asm__("" : "+r"(p));
	return p;
}
END
cat >"$T/w.c" <<'END'
#include <dlfcn.h>
#include <memtop.h>
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	void *library = dlopen(argv[1], RTLD_NOW);
	void *(*block)(size_t) = library ? (void *(*)(size_t))dlsym(library, "gone_block") : NULL;
	if (argc < 2 || !block || unlink(argv[1]))
		return 1;
	return !block(54321) || memtop_mark("gone") || getchar() != 'x';
}
END
$CC -g -O1 -fPIC -shared -o "$T/libgone.so" "$T/l.c" || exit 1
$CC -g -O1 -Ishare/include -o "$T/w" "$T/w.c" || exit 1
printf '%s\n' 'wait mark gone' 'wait settled' ':by function' ":write $T/r.memtop" >"$T/play"
expect 0 "$MEMTOP" --play=- "$T/w" "$T/libgone.so" <"$T/play"
[ ! -e "$T/libgone.so" ] || fail "it is still there"
expect 0 "$MEMTOP" report --by=function --filter='size > 50000' "$T/r.memtop@live"
printed '53.0 KiB'
[ "$(id -u)" = 0 ] || exit 0
printed gone_block
exit 0
