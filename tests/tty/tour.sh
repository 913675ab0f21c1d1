#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A person finds the leak: memtop ./worker, s, wait, d, a filter, a wrong
# filter, another window size, C-z and fg, q and k.
. tests/lib.sh
. tests/tty/tmux.inc
own_worker
start 80 24
typed "stty -a >$T/before; $MEMTOP $worker"
keys Enter
await 'cache_store'
await ' 1Lines '

keys s
await 'snapshot [0-9]+ taken'
keys d
await 'live minus snapshot [0-9]'
# The leaking line comes first, with its growth.
await '^ *[0-9.]+ [KM]?i?B +\+[1-9][0-9.]* [KM]?i?B.*worker\.c:74'
screen | sed -n '/size diff/{n;p;}' | grep -q 'worker\.c:74' ||
	{ screen; fail "the leak is not the first row"; }

keys f
await '^filter:'
typed 'function = cache_*'
keys Enter
gone 'warm_up'
await '\[FILTER\]'
keys f
typed ' and ('
keys Enter
await '^ *\^$'                          # the caret, and the text is kept
await 'filter: function = cache_\* and \($'
await 'cache_store'                     # so is the old table
keys Escape
gone '^filter:'
await 'cache_store'

tm resize-window -t 0 -x 60 -y 15
await '^ 1Lines  2Tra 3Fun'
tm resize-window -t 0 -x 80 -y 24
await '^ 1Lines  2Traces '

keys Enter
await 'stacks behind'
keys Enter
await 'stack of [0-9]+ frames'
await '> .*malloc'
keys Escape Escape
await 'of what is shown'

keys C-z
await 'Stopped'
await 'READY>$'
screen | grep -q 'Lines' && { screen; fail "the screen stays after C-z"; }
typed "fg; echo status=\$? >$T/status; stty -a >$T/after"
keys Enter
await '^ 1Lines  2Traces '
await 'cache_store'

keys q
await 'The program is running'
keys k
await 'READY>$'
grep -qx 'status=143' "$T/status" || { cat "$T/status"; fail "q k does not give 143"; }
cmp -s "$T/before" "$T/after" || fail "the terminal is not as it was"
[ -n "$(running)" ] && fail "the target still runs"
exit 0
