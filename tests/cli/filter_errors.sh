#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The filter language on the command line: what it keeps, and for each kind of
# error the column and what was expected.
. tests/lib.sh

cat >"$T/a file.c" <<'END'
#include <stdlib.h>
void *keep[9];
__attribute__((noinline)) void *parse_one(int n) { return malloc(n); }
__attribute__((noinline)) void *load_all(int n)
{
	void *p = parse_one(n);
	__asm__("" : "+r"(p));
	return p;
}
int main(void)
{
	keep[0] = malloc(4096);
	keep[1] = parse_one(100);
	keep[2] = load_all(200);
	return 0;
}
END
$CC -g -O1 -fno-optimize-sibling-calls -o "$T/w" "$T/a file.c"
expect 0 "$MEMTOP" record --quiet -o "$T/r.memtop" "$T/w"

# keeps BYTES BLOCKS FILTER...
keeps() {
	figures="($1, $2)"
	shift 2
	for filter; do
		set -- "$@" "--filter=$filter"
		shift
	done
	expect 0 "$MEMTOP" report --by=traceback --json "$@" "$T/r.memtop"
	is "sum(s['size'] for s in d['statistics']), sum(s['count'] for s in d['statistics'])" "$figures"
}
keeps 4396 3 ''
keeps 300 2 'function = parse_one'
keeps 300 2 parse
keeps 0 0 Parse
keeps 200 1 load_all
keeps 200 1 'any.function = load_*'
keeps 4096 1 'function = main'
keeps 4296 2 'function = main or load_all'
keeps 300 2 'not function = main'
keeps 4096 1 'size >= 4K'
keeps 300 2 'size < 4KiB'
keeps 100 1 'parse and not load'
keeps 100 1 parse 'not load'
keeps 300 2 '+"*a file.c":3'
keeps 4096 1 '-"*a file.c":3'
keeps 4396 3 '+*.c' '+*/no-such'
keeps 200 1 '+any:*.c:6'
keeps 4396 3 'file = "a file.c" module = w'
keeps 4396 3 'file = "*/a file.c" lang = c thread = w*'
keeps 300 2 'line = 3' 'function ~ "^parse"'
keeps 4096 1 'function !~ ^parse'
keeps 0 0 python
keeps 4396 3 native

# wrong COLUMN TEXT FILTER
wrong() {
	refused 2 "column $1: " "$MEMTOP" report "--filter=$3" "$T/r.memtop"
	said "$2"
}
wrong 7 'expected a value' 'size >'
wrong 8 'expected a number such as' 'size > 10Q'
wrong 1 "there is no field 'sze'" 'sze > 10'
wrong 5 'expected =, <, > or the like' file
wrong 4 'expected a test after' not
wrong 1 "expected a test before 'or'" 'or a'
wrong 6 'not the end' 'a and'
wrong 2 'not the end' '('
wrong 1 "not ')'" ')'
wrong 1 'is not closed' '(size > 1'
wrong 13 'expected one kind' 'size > 1 or file = x'
wrong 6 'expected one kind' 'not (size > 1 and parse)'
wrong 2 'expected a file pattern' '+'
wrong 2 'string is not closed' '-"'
wrong 8 'regular expression' 'file ~ "("'
wrong 4 'expected a space' "caf$(printf '\351')"
refused 2 'size_diff, which only a diff' "$MEMTOP" report '--filter=parse and size_diff > 0' "$T/r.memtop"
expect 0 "$MEMTOP" diff '--filter=size_diff > 0' "$T/r.memtop@peak" "$T/r.memtop"
# Long ones are cut, and still told whole where it matters.
refused 2 'column' "$MEMTOP" report "--filter=$(printf '%09999d' 0 | tr 0 '(')" "$T/r.memtop"
[ "$(wc -c <"$T/err")" -lt 300 ] || fail "a long filter is told whole"
exit 0
