#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Several functions on one source line are one row by line, and the row says all
# their names, the one that holds most first; a filter tells them apart.
. tests/lib.sh

cat >"$T/w.c" <<'END'
#include <stdlib.h>
#define NOINLINE __attribute__((noinline))
void *kept[3];
NOINLINE void f(void) { kept[0] = malloc(1000); } NOINLINE void g(void) { kept[1] = malloc(2000); }
NOINLINE void h(void) { kept[2] = malloc(3000); }
int main(void)
{
	f();
	g();
	h();
	return 0;
}
END
$CC -g -O1 -o "$T/w" "$T/w.c"
expect 0 "$MEMTOP" record --quiet -o "$T/r.memtop" "$T/w"
# names: lines and functions, as JSON has them, of the file that ends so.
names() {
	is "sorted((t['line'], t['function']) for s in d['statistics'] for t in s['traceback'] \
		if (t['file'] or '').endswith('$1'))" "$2"
}
expect 0 "$MEMTOP" report --json "$T/r.memtop"
names w.c "[(4, 'g, f'), (5, 'h')]"
is "[s['size'] for s in d['statistics'] if s['key'].endswith('w.c:4')]" '[3000]'
expect 0 "$MEMTOP" report --json --filter='function = f' "$T/r.memtop"
names w.c "[(4, 'f')]"
expect 0 "$MEMTOP" report --json --by=function "$T/r.memtop"
is "sorted(s['key'] for s in d['statistics'] if s['key'] in 'fgh')" "['f', 'g', 'h']"
expect 0 "$MEMTOP" report "$T/r.memtop"
printed "$T/w.c:4  g, f"
expect 0 "$MEMTOP" report --csv "$T/r.memtop"
printed '4,"g, f",w'

# A Python function of one line: its own bytes, and those of its definition.
cat >"$T/one.py" <<'END'
def fill(): return bytearray(500000)
kept = [fill(), (lambda: bytearray(9))()]
END
python=$(command -v /usr/bin/python3 || command -v python3) || skip "no python3: the Python half was not tried"
expect 0 "$MEMTOP" record --quiet -o "$T/p.memtop" "$python" "$T/one.py"
expect 0 "$MEMTOP" report --json --filter='file = one.py' "$T/p.memtop"
is "[t['function'] for s in d['statistics'] for t in s['traceback'] if t['line'] == 1]" \
	"['fill, <module>']"
expect 0 "$MEMTOP" report --json --filter='file = one.py' --filter='function = fill' "$T/p.memtop"
is "[t['function'] for s in d['statistics'] for t in s['traceback']]" "['fill']"
exit 0
