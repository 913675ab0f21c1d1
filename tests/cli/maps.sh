#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --mmap: what the program maps itself, to the byte, in each process; shown, and
# no part of current, of limits, or of what is said to hold the most.
. tests/lib.sh
worker=$B/tests/workers/maps

expect 0 "$MEMTOP" record --mmap -o "$T/m.memtop" "$worker"
said ' mapped'
grep -q 'at the peak: .*_call' "$T/err" && fail "a mapping is said to be part of the peak"
sort "$T/out" >"$T/wanted"
[ "$(wc -l <"$T/wanted")" = 8 ] || fail "the worker did not say all"
for pid in $(cut -d' ' -f1 "$T/wanted" | uniq); do
	expect 0 "$MEMTOP" report --json --by=function --process="$pid" \
		'--filter=domain = mmap' "$T/m.memtop"
	json "$T/out" "'\n'.join('%d %s %d %d %d %d' % ($pid, r['key'], r['size'], r['count'],
		r['allocations'], r['total']) for r in d['statistics'])" >>"$T/got"
	is "d['lost']" 0
done
# Nothing was ever moved in the child: no row there.
grep -v ' 0 0 0 0$' "$T/wanted" >"$T/some"
sort "$T/got" | diff "$T/some" - >"$T/out" || fail "not what the worker mapped"
mapped=$(awk -v pid="$pid" '$1 == pid { n += $3 } END { print n }' "$T/wanted")

expect 0 "$MEMTOP" report --json --by=domain --process="$pid" "$T/m.memtop"
is "sum(r['size'] for r in d['statistics']) - d['traced']['current']" "$mapped"
expect 0 "$MEMTOP" report "$T/m.memtop"
printed 'not part of current and peak'

# Limits look past it, but for one that asks.
check() {
	want=$1
	shift
	expect "$want" "$MEMTOP" check --mmap "$@" -- "$worker"
}
check 99 --max-peak=10 --max-exit=0
grep -q '_call' "$T/err" && fail "a limit counts mappings"
printf '[x]\nfilter = no_such_function\nreason = a filter of all memory\n' >"$T/s"
check 0 --max-peak=1M --max-exit=64K --suppress="$T/s"
check 99 '--ceiling=domain = mmap and function = move_one_call: total < 131072000'
said move_one_call
check 0 '--ceiling=domain = mmap and function = move_one_call: total <= 131072000'

# Without it nothing of all this, and what contradicts it is refused.
expect 0 "$MEMTOP" record --quiet --force -o "$T/m.memtop" "$worker"
expect 0 "$MEMTOP" report --json --by=domain "$T/m.memtop"
is "[r['key'] for r in d['statistics']]" "['malloc']"
refused 2 'a sampled run does not record mappings' "$MEMTOP" record --mmap --sample=64K true

# Python's own map stands at its line, its arenas are its blocks' and no mapping.
python=/usr/bin/python3
if $python -c 'import mmap' 2>/dev/null; then
	printf 'import mmap\nm = mmap.mmap(-1, 300000)\nx = [bytes(100) for _ in range(10**5)]\n' \
		>"$T/m.py"
	expect 0 "$MEMTOP" record --quiet --force --mmap -o "$T/m.memtop" $python "$T/m.py"
	expect 0 "$MEMTOP" report --json --by=traceback '--filter=domain = mmap and total > 64K' \
		"$T/m.memtop@finalize"
	is "[(r['size'], r['count'], [f['line'] for f in r['traceback'] if f['file'] == '$T/m.py'])
		for r in d['statistics']]" "[(300000, 1, [2])]"
fi
exit 0
