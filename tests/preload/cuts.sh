#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Stacks that end before their root say why, everywhere; a full table of stacks says
# what share of the bytes stands on stacks that found no room in it.
. tests/lib.sh
worker=$B/tests/workers/cuts
[ -x "$worker" ] || skip "its code is x86-64's"
$CC --version >/dev/null || skip "no compiler"

expect 0 "$MEMTOP" record -o "$T/m" -- "$worker"
said ', 6 stacks cut (nframe 1, no-unwind-info 1, jit 1, coroutine 2, unreadable 1)'
expect 0 "$MEMTOP" report --by=traceback --json "$T/m"
is "{r['size']: r['cut'] for r in d['statistics'] if 100 < r['size'] < 109}" "{108: None, 107: None, \
106: 'coroutine', 105: 'nframe', 104: 'unreadable', 103: 'coroutine', 102: 'no-unwind-info', 101: 'jit'}"
is "d['truncated'], list(d['cut'].items())" "(6, [('nframe', 1), ('no-unwind-info', 1), ('jit', 1), \
('coroutine', 2), ('unreadable', 1), ('seccomp', 0), ('table-full', 0)])"
# A stack that is as long as was asked for moves no figure of this view, others do.
is "d['cut_bytes'], d['cut_total']" "(516, 516)"
is "[[f['function'] for f in r['traceback']] for r in d['statistics'] if r['size'] in (102, 104)]" \
	"[['liar', 'take'], ['bare', 'take']]"
is "[len(r['traceback']) for r in d['statistics'] if r['size'] == 105]" "[64]"
expect 0 "$MEMTOP" report --by=lineno --json "$T/m"
is "d['cut_bytes']" 0
expect 0 "$MEMTOP" report --by=lineno --cumulative --json "$T/m"
is "d['cut_bytes']" 621

expect 0 "$MEMTOP" report --by=traceback "$T/m"
for why in 'JIT code' 'no unwind information' "a coroutine's stack" unreadable 'more than nframe'; do
	grep -A1 -F "      (older frames missing: $why)" "$T/out" | grep -q '^      [FM][io]' ||
		fail "no line on $why above the oldest frame"
done
printed 'of that on stacks that are cut: 516 B, '
printed '%: no-unwind-info 102 B, jit 101 B, coroutine 209 B, unreadable 104 B'
printed 'truncated 6 stacks (nframe 1, no-unwind-info 1, jit 1, coroutine 2, unreadable 1), '
expect 0 "$MEMTOP" report --by=traceback --frames=1 "$T/m"
! grep -q 'older frames' "$T/out" || fail "a line on older frames where one was asked for"
# Formats of others have frames alone.
expect 0 "$MEMTOP" report --by=traceback --format=tracemalloc "$T/m"
! grep -q missing "$T/out" || fail "the tracemalloc format has a line of our own"
expect 0 "$MEMTOP" export --format=folded -o "$T/folded" "$T/m"
grep -qE '^liar [^;]*;take [^;]* 104$' "$T/folded" || fail "folded: $(grep liar "$T/folded")"
expect 0 "$MEMTOP" diff --by=traceback --json "$T/m" "$T/m"
is "{r['cut'] for r in d['statistics']} == {None, 'jit', 'coroutine', 'nframe', 'unreadable', \
'no-unwind-info'}, {r['size_diff'] for r in d['statistics']}" "(True, {0})"

# 20,000 stacks of 16 B where there is room for 1,000 nodes.
expect 0 "$MEMTOP" record --force -o "$T/m" --max-traces=1024 -- "$worker" 20000
expect 0 "$MEMTOP" report --by=function --json "$T/m"
is "d['traced']['blocks'] > 20000 and sum(r['size'] for r in d['statistics']) == d['traced']['current']" True
is "d['cut_bytes'] == d['cut_total'] == 16 * d['cut']['table-full'], d['cut']['table-full'] > 19000" \
	"(True, True)"
full=$(json "$T/out" "d['cut']['table-full']")
take=$(json "$T/out" "sum(r['size'] - 836 for r in d['statistics'] if r['key'] == 'take')")
[ "$take" = $((16 * (20000 - full))) ] || fail "take has $take B, where $full stacks had no room"
expect 0 "$MEMTOP" report --by=function "$T/m"
grep -qE "^of that on stacks that are cut: [0-9.]+ KiB, 9[0-9.]+ % of live bytes; .*: table-full" "$T/out" ||
	fail "no share in the footer"
expect 0 "$MEMTOP" report --by=thread --json "$T/m"
is "d['cut_bytes']" 0
expect 0 "$MEMTOP" report --by=traceback "$T/m"
printed '      (newer frames missing: the table of stacks is full)'
sqlite3 "$T/m" "select cut_jit, cut_table_full from moment where name = 'exit' and process = 1" \
	>"$T/sql" 2>/dev/null && [ "$(cat "$T/sql")" != "1|$full" ] && fail "recorded: $(cat "$T/sql")"

# C under Python: what is missing between the two is said, and all that is known is there.
cat >"$T/lib.c" <<'C'
#include <stdlib.h>
__attribute__((noinline)) void take(void) { void *volatile p = malloc(54321); (void)p; }
void bare(void (*call)(void));
__asm__(".text\nbare: sub $8, %rsp\n call *%rdi\n add $8, %rsp\n ret\n"
	".type bare, @function\n.size bare, . - bare\n");
void run(void) { bare(take); }
C
printf '%s\n' 'import ctypes, sys' 'lib = ctypes.CDLL(sys.argv[1])' 'def call():' '    lib.run()' \
	'call()' >"$T/call.py"
$CC -g -O1 -shared -fPIC -o "$T/lib.so" "$T/lib.c" || fail "no library"
[ -x /usr/bin/python3 ] || { echo "Python: not there"; exit 0; }
expect 0 "$MEMTOP" record --quiet --force -o "$T/m" -- /usr/bin/python3 "$T/call.py" "$T/lib.so"
expect 0 "$MEMTOP" report --by=traceback --json "$T/m@peak"
is "[(r['cut'], [f['function'] for f in r['traceback']]) for r in d['statistics'] if r['size'] == 54321]" \
	"[('no-unwind-info', ['<module>', 'call', 'bare', 'take'])]"
exit 0
