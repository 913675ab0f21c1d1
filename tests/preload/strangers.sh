#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A program that unmaps or protects every page it does not know: it ends as it does bare,
# and the figures are exact, for the pages that are memtop's stay.
. tests/lib.sh

for how in unmap protect sweep forked; do
	expect 0 "$B/tests/workers/strangers" $how
	for options in "" --mmap; do
		expect 0 "$MEMTOP" record --force --quiet $options -o "$T/m" -- "$B/tests/workers/strangers" $how
		expect 0 "$MEMTOP" report --json --filter 'function = main and domain = malloc' "$T/m"
		is "[(r['size'], r['count'], r['allocations']) for r in d['statistics']]" \
			"[(64000, 32, 32), (31000, 31, 32), (1000, 1, 100000)]"
	done
done
