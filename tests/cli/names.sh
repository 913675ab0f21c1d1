#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Names, end to end: stacks that only libunwind can follow, of a program that is
# gone before they are unwound; programs that delete or replace their own file;
# wrappers; inlines; sources that moved.
. tests/lib.sh

report() {
	expect 0 "$MEMTOP" report --json "$@"
}

# The frames of the row of so many bytes, oldest first: "main outer odd target".
frames() {
	json "$T/out" "' '.join(f['function'] for s in d['statistics'] if s['size'] == $1
		for f in s['traceback'] if f['file'] and '$T' in f['file'])"
}

# A CFA by an expression that no simple rule describes.
cat >"$T/odd.c" <<'C'
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
void *keep[3];
void odd(void);
__attribute__((noinline)) void target(void) { keep[0] = malloc(1000); }
__asm__(".globl odd\n.type odd,@function\nodd:\n.cfi_startproc\nsub $8,%rsp\n"
	".cfi_escape 0x0f,6,0x77,0x08,0x34,0x32,0x1e,0x22\ncall target\nadd $8,%rsp\n"
	".cfi_def_cfa %rsp,8\nret\n.cfi_endproc\n.size odd,.-odd\n");
__attribute__((noinline)) void outer(void) { odd(); keep[1] = 0; }
void handler(int number) { keep[2] = malloc(2000); }
int main(void)
{
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	outer();
	return kill(getpid(), SIGKILL);
}
C
$CC -g -O2 -w -o "$T/odd" "$T/odd.c" || fail "no compiler"
for round in 1 2 3 4 5; do
	expect 137 "$MEMTOP" record --quiet --force -o "$T/odd.memtop" "$T/odd"
	report --by=traceback "$T/odd.memtop"
	[ "$(frames 1000)" = "_start main outer odd target" ] || fail "irregular: $(frames 1000)"
	[ "$(frames 2000)" = "_start main handler" ] || fail "signal: $(frames 2000)"
	json "$T/out" "[f['function'] for s in d['statistics'] if s['size'] == 2000
		for f in s['traceback']]" | grep -q "'__restore_rt', 'handler'" || fail "trampoline"
done

# Its own file: deleted, or replaced by another build, before the first block.
cat >"$T/gone.c" <<'C'
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>
void *keep;
__attribute__((noinline)) void build(size_t size) { keep = malloc(size); }
int main(int argc, char **argv)
{
	if (argc > 2 && rename(argv[2], argv[0]) != 0)
		return 1;
	if (argc > 1 && argc < 3 && unlink(argv[0]) != 0)
		return 1;
	build(3000);
	return 0;
}
C
for how in "" delete "replace $T/other"; do
	$CC -g -O2 -Wl,--build-id=sha1 -o "$T/gone" "$T/gone.c" || fail "no compiler"
	$CC -g -O0 -DOTHER -Wl,--build-id=sha1 -o "$T/other" "$T/gone.c" || fail "no compiler"
	# shellcheck disable=SC2086
	expect 0 "$MEMTOP" record --quiet --force -o "$T/gone.memtop" "$T/gone" $how
	report "$T/gone.memtop"
	key=$(json "$T/out" "[s['key'] for s in d['statistics'] if s['size'] == 3000]")
	[ "$key" = "['$T/gone.c:5']" ] || fail "'$how': $key"
done

# A path that the kernel has to quote.
odd="$T/new
line and\\back"
$CC -g -O2 -o "$odd" "$T/gone.c" || fail "no compiler"
expect 0 "$MEMTOP" record --quiet --force -o "$T/gone.memtop" "$odd"
report "$T/gone.memtop"
key=$(json "$T/out" "[s['key'] for s in d['statistics'] if s['size'] == 3000]")
[ "$key" = "['$T/gone.c:5']" ] || fail "a newline in the path: $key"

# std:: and operator new are not whom the memory belongs to; inlines are frames.
cat >"$T/wrap.cc" <<'C'
#include <string>
#include <vector>
std::vector<std::vector<char> *> keep;
static inline __attribute__((always_inline)) std::vector<char> *inner(size_t size)
{
	return new std::vector<char>(size);
}
__attribute__((noinline)) void fill(size_t size) { keep[0] = inner(size); }
int main() { keep.resize(1); fill(54321); }
C
if "${CXX:-g++}" -g -O2 -o "$T/wrap" "$T/wrap.cc"; then
	expect 0 "$MEMTOP" record --quiet --force -o "$T/wrap.memtop" "$T/wrap"
	report "$T/wrap.memtop"
	key=$(json "$T/out" "[s['key'] for s in d['statistics'] if 54321 <= s['size'] < 60000]")
	[ "$key" = "['$T/wrap.cc:6']" ] || fail "wrappers: $key"
	report --by=traceback "$T/wrap.memtop"
	json "$T/out" "[f['function'].split('(')[0] for s in d['statistics'] if s['size'] == 54321
		for f in s['traceback']]" | grep -q "'main', 'fill', 'inner'" || fail "inlines"
	report --raw "$T/wrap.memtop"
	json "$T/out" "[s['key'] for s in d['statistics'] if s['size'] == 54321]" |
		grep -q /c++/ || fail "--raw does not show the newest frame"
fi
exit 0

# Code of line 0 belongs to no line of the source, as compilers say of what they moved:
# the last line before it is named.
cat >"$T/zero.c" <<'C'
#include <stdlib.h>
void *keep;
__attribute__((noinline)) void zero(void)
{
	__asm__ volatile(".loc 1 0\n\tcall malloc@PLT" : "=a"(keep) : "D"(3000L)
			 : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
}
int main(void)
{
	zero();
	return keep == NULL;
}
C
$CC -g -O0 -mno-red-zone -w -o "$T/zero" "$T/zero.c" || fail "no compiler"
expect 0 "$MEMTOP" record --quiet -o "$T/zero.memtop" -- "$T/zero"
report "$T/zero.memtop"
json "$T/out" "[(f['function'], f['line']) for s in d['statistics'] if s['size'] == 3000
	for f in s['traceback']]" >"$T/zero.lines"
grep -qx "\[('zero', 5)\]" "$T/zero.lines" || fail "line 0 is $(cat "$T/zero.lines")"
