#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What make install puts down works from there, and uninstall takes it away.
. tests/lib.sh

make -s -o all install "B=$(realpath --relative-to=. "$B")" PREFIX=/opt/memtop "DESTDIR=$T/root" \
	>"$T/out" 2>"$T/err" || fail "make install"
root=$T/root/opt/memtop
for file in bin/memtop lib/memtop/libmemtop.so include/memtop.h share/man/man1/memtop.1 \
	share/memtop/wrappers share/memtop/python/pytest_memtop.py share/doc/memtop/ARCHITECTURE.md; do
	[ -s "$root/$file" ] || fail "no $file"
done
for page in "$root"/share/doc/memtop/*.md; do
	for link in $(grep -o '](\([^)#:]*\))' "$page" | tr -d ']()'); do
		[ -e "${page%/*}/$link" ] || fail "${page##*/}: no $link"
	done
done
expect 0 "$root/bin/memtop" record -o "$T/r.memtop" "$B/examples/worker" 10
expect 0 "$root/bin/memtop" report --json "$T/r.memtop"
is "d['traced']['blocks'] > 64" True

echo '#include <memtop.h>
int main(void) { return memtop_is_tracing(); }' >"$T/api.c"
$CC -std=c99 -Wall -Wextra -Werror -I"$root/include" -o "$T/api" "$T/api.c" ||
	fail "memtop.h does not compile as C99"
expect 0 "$T/api"
expect 1 "$root/bin/memtop" record --force -o "$T/r.memtop" "$T/api"

make -s uninstall "B=$(realpath --relative-to=. "$B")" PREFIX=/opt/memtop "DESTDIR=$T/root" ||
	fail "make uninstall"
[ -z "$(find "$T/root" -type f)" ] || fail "left: $(find "$T/root" -type f)"
exit 0
