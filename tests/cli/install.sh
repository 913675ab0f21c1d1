#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What make install puts down works from there, and uninstall takes it away.
. tests/lib.sh

make -s -o all install "B=$(realpath --relative-to=. "$B")" PREFIX=/opt/memtop "DESTDIR=$T/root" \
	>"$T/out" 2>"$T/err" || fail "make install"
root=$T/root/opt/memtop
for file in bin/memtop lib/memtop/libmemtop.so include/memtop.h share/man/man1/memtop.1 \
	share/memtop/wrappers share/memtop/python/pytest_memtop/__init__.py share/doc/memtop/ARCHITECTURE.md; do
	[ -s "$root/$file" ] || fail "no $file"
done
for page in "$root"/share/doc/memtop/*.md; do
	for link in $(grep -o '](\([^)#:]*\))' "$page" | tr -d ']()'); do
		[ -e "${page%/*}/$link" ] || fail "${page##*/}: no $link"
	done
done
for example in worker pool build_report; do
	$CC -std=c11 -D_GNU_SOURCE "-I$root/include" -o "$T/$example" \
		"$root/share/doc/memtop/examples/$example.c" -ldl || fail "$example.c does not compile"
done
grep -l '"share/' "$root"/share/doc/memtop/examples/*.c && fail "an example that includes share/"
expect 0 "$root/bin/memtop" record -o "$T/r.memtop" "$T/worker" 10
expect 0 "$root/bin/memtop" report --json "$T/r.memtop"
is "d['traced']['blocks'] > 64" True

echo '#include <memtop.h>
int main(void) { return memtop_is_tracing(); }' >"$T/api.c"
$CC -std=c99 -Wall -Wextra -Werror -I"$root/include" -o "$T/api" "$T/api.c" ||
	fail "memtop.h does not compile as C99"
expect 0 "$T/api"
expect 1 "$root/bin/memtop" record --force -o "$T/r.memtop" "$T/api"

# A library folder of another name, and one that memtop could not find.
make -s -o all install "B=$(realpath --relative-to=. "$B")" PREFIX=/usr LIBDIR=/usr/lib64 \
	"DESTDIR=$T/other" >"$T/out" 2>"$T/err" || fail "make install LIBDIR"
[ -s "$T/other/usr/lib64/memtop/libmemtop.so" ] || fail "nothing in LIBDIR"
[ ! -e "$T/other/usr/lib" ] || fail "something in lib beside LIBDIR"
make -s -n install PREFIX=/usr LIBDIR=/lib64 >"$T/out" 2>"$T/err" && fail "LIBDIR outside of PREFIX"
grep -q 'LIBDIR has to lie below PREFIX' "$T/err" || fail "no word about LIBDIR: $(cat "$T/err")"
for page in memtop.1 memtop-check.1 libmemtop.3 memtop.5; do
	grep -q '"memtop [1-9]' "$root/share/man/man${page##*.}/$page" || fail "$page has no version"
done
# The pages that are another's name lead to it.
grep -h '^\.so ' "$root"/share/man/man1/* | cut -d ' ' -f 2 | while read -r page; do
	[ -s "$root/share/man/$page" ] || fail "no $page"
done || exit 1

make -s uninstall "B=$(realpath --relative-to=. "$B")" PREFIX=/opt/memtop "DESTDIR=$T/root" ||
	fail "make uninstall"
[ -z "$(find "$T/root" -type f)" ] || fail "left: $(find "$T/root" -type f)"
exit 0
