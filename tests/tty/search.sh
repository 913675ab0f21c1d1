#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A search in more rows than are searched at a time goes on by itself: in a recording, where
# nothing else happens that could wake memtop, the last of them is found, and what no row has
# is said at the prompt.
. tests/lib.sh
. tests/tty/tmux.inc
python=$(command -v /usr/bin/python3 || command -v python3) || skip "no python3"
"$MEMTOP" record --quiet -o "$T/many.memtop" "$python" -c '
import os
kept = []
for i in range(8000):
    exec("def only_%d():\n    kept.append(bytes(%d))" % (i, 2000 if i < 7999 else 600))
    globals()["only_%d" % i]()
os._exit(0)' || exit 1
start 120 40
typed "clear; $MEMTOP open $T/many.memtop; echo status=\$?"
keys Enter
await '^ 1 Lines'
keys 2
await ' 1/[0-9]{5}$'
typed '/only_7999'
await 'only_7999.*$'
keys Enter
# From Python 3.13 on a second block is in that row.
await '^ *(633|681) B .*only_7999'
keys Home /
typed 'only_nobody'
await 'no row'
keys Enter
await 'no row has "only_nobody"'
keys Escape q
await '^status=0'
