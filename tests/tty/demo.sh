#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# make demo on a terminal: whoever quits it and has the program killed has not failed.
. tests/lib.sh
. tests/tty/tmux.inc
start 80 24
typed "share/examples/demo.sh $B; echo \"demo: \$?\""
keys Enter
await ' 1Lines '
keys q
await 'k '
keys k
await '^demo: 0'
exit 0
