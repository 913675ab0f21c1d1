#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# make demo without a terminal: the played screens show the worker's leak.
. tests/lib.sh

expect 0 share/examples/demo.sh "$B"
printed 'playing share/examples/demo.play'
printed cache_store
printed warm_up
grep -q 'worker.c:.* cache_store.*serve_' "$T/out" || fail "no call path"
# The diff's first row is the leak, with its growth.
grep -A 1 'size diff' "$T/out" | grep -qE '\+[0-9.]+ (KiB|MiB) .*cache_store' ||
	fail "the leak is not the first row of the diff"
exit 0
