#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# However it ends, the terminal is sane and the target is what was chosen:
# left running, ended by itself, its terminal used through the Output tab.
. tests/lib.sh
. tests/tty/tmux.inc
own_worker
start 80 24
stty_is() {
	typed "stty -a >$T/$1"
	keys Enter
	await 'READY>$'
}
typed 'clear'
keys Enter
stty_is before

# The target ends: its screen stays until q, then its own status.
typed "clear; $MEMTOP sh -c 'echo hello from the target; exit 7'; echo status=\$?"
keys Enter
await 'exited 7 after'
keys 0
await '^hello from the target'
keys q
await '^status=7'

# o gives the keys to the target, C-] takes them back.
typed "clear; $MEMTOP sh -c 'echo ready; read answer; echo got \$answer; read more'; echo status=\$?"
keys Enter
await 'running'
keys o
await '^ready'
typed 'forty two'
keys Enter
await '^got forty two'
keys C-]
await 'o gives it the keys'
keys q
await 'The target runs'
keys Escape
gone 'The target runs'
keys C-c
await 'The target runs'
keys k
await '^status=143'

# l leaves it running, with status 0.
typed "clear; $MEMTOP $worker; echo status=\$?"
keys Enter
await 'cache_store'
keys q l
await '^status=0'
left=$(running)
[ -n "$left" ] || fail "the target did not outlive the screen"
kill $left

stty_is after
cmp -s "$T/before" "$T/after" || fail "the terminal is not as it was"
exit 0
