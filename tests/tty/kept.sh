#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What a person chose is there again the next time: theme, columns, history.
# What was not changed is not written; memtoprc has the last word, on saved filters too.
. tests/lib.sh
. tests/tty/tmux.inc
own_worker
start 120 30
view=$XDG_STATE_HOME/memtop/view

run() {
	typed "clear; $MEMTOP $worker; echo status=\$?"
	keys Enter
	await '^ 1 Lines '
	await 'cache_store'
}
leave() {
	keys q
	await 'The program is running'
	keys k
	await '^status=143'
}

run
leave
[ -e "$view" ] && fail "a view is kept though nothing was chosen"

run
typed ':theme light'
keys Enter
await 'theme: light'
typed ':columns -average +temporary'
keys Enter
await 'columns: -average \+temporary'
leave
[ "$(cat "$view")" = ":theme light
:columns -average +temporary" ] || fail "kept: $(cat "$view")"
[ "$(stat -c %a "$view")" = 600 ] || fail "others may read the view"

# The same again: nothing to write.
before=$(stat -c %i "$view")
run
await ' temporary '
screen | grep -q ' average ' && { screen; fail "the hidden column is back"; }
typed ':theme'
keys Enter
await 'theme: light'
keys :
keys Up
await '^:theme$'
keys Up
await '^:columns -average'
keys Escape
gone '^:columns'
leave
[ "$(stat -c %i "$view")" = "$before" ] || fail "the view was written without need"

# Back to what it is by itself.  A saved filter is off at the start, whatever the list says.
mkdir -p "$XDG_CONFIG_HOME/memtop"
echo 'on mine -*/nothing.c' >"$XDG_CONFIG_HOME/memtop/filters"
run
screen | grep 'filter:' && fail "a saved filter is on at the start"
typed ':columns default'
keys Enter
await 'columns: those that fit'
typed ':theme dark'
keys Enter
await 'theme: dark'
leave
[ -s "$view" ] && fail "kept: $(cat "$view")"

printf 'theme mono\n# a remark\n:filters mine\n:no-such-thing\n' >"$XDG_CONFIG_HOME/memtop/memtoprc"
run
await 'filter: mine'
await 'memtoprc, line 4: no command is named "no-such-thing"'
typed ':theme'
keys Enter
await 'theme: mono'
leave
[ -s "$view" ] && fail "memtoprc's own choice was kept"
exit 0
