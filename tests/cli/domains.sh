#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Domains of the program's own: the pool of the examples, to the byte, and its
# chunks not counted twice.
. tests/lib.sh

expect 0 "$B/tests/workers/track"
expect 0 "$MEMTOP" record --quiet -o "$T/t.memtop" "$B/tests/workers/track"
printed tracked
expect 0 "$MEMTOP" report --json --by=domain "$T/t.memtop"
is "{r['key']: (r['size'], r['count']) for r in d['statistics'] if r['key'] == '27'}" \
	"{'27': (27, 1)}"
is "d['lost']" 0

expect 0 "$MEMTOP" record --quiet -o "$T/p.memtop" "$B/examples/pool"
set -- $(tr -cd '0-9 ' <"$T/out")
bytes=$1
expect 0 "$MEMTOP" report --json --by=domain "$T/p.memtop"
is "[(r['key'], r['domain'], r['size'], r['count'], r['total'], r['allocations'])
	for r in d['statistics'] if r['key'] == '16']" \
	"[('16', '16', $bytes, 1000, $((bytes * 3 / 2)), 1500)]"
is "sum(r['size'] for r in d['statistics']) == d['traced']['current']" True
# malloc's chunks ended when they were taken out of its domain.
expect 0 "$MEMTOP" report --json '--filter=function = pool_grow and domain = malloc' \
	"$T/p.memtop"
is "[(r['size'], r['allocations']) for r in d['statistics']]" "[(0, 6)]"
# Objects are theirs who asked: the stack begins at the caller of memtop.h.
expect 0 "$MEMTOP" report --json --by=traceback '--filter=domain = 16' "$T/p.memtop"
is "sorted((r['size'], [f['function'] for f in r['traceback']
	if f['function'].startswith('take_for')]) for r in d['statistics'])" \
	"[(0, ['take_for_given']), ($bytes, ['take_for_kept'])]"
expect 0 "$MEMTOP" report --json '--filter=domain = 16' "$T/p.memtop"
is "sorted((r['traceback'][0]['function'], r['size']) for r in d['statistics'])" \
	"[('pool_take', $bytes)]"
expect 99 "$MEMTOP" check "--ceiling=domain = 16: peak < $((bytes * 3 / 2))" -- "$B/examples/pool"
expect 0 "$MEMTOP" check "--ceiling=domain = 16: peak <= $((bytes * 3 / 2))" -- "$B/examples/pool"
exit 0
