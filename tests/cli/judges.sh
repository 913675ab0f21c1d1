#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What nothing holds at a program's end, beside memcheck and LeakSanitizer: the same lines
# have lost the same bytes in the same number of blocks.  All of the judges' programs:
# tests/bench/judges.py.
. tests/lib.sh

run tests/bench/judges.py lists.c cycle.c
[ "$status" != 77 ] || skip "$(tail -n 1 "$T/out")"
[ "$status" = 0 ] || fail "memtop and its judges say different things"
printed '| lists.c | 596 B in 8 | 596 B in 8 |'
printed '| 200 B in 1 | 200 B in 1 |'
printed '| cycle.c | 3064 B in 3 | 3064 B in 3 |'
