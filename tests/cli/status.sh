#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# memtop's exit status is the program's, and 128+N when a signal ended it.
. tests/lib.sh

status_of() {
	want=$1
	shift
	expect "$want" "$MEMTOP" record --force -o "$T/r.memtop" "$@"
}
status_of 0 /bin/true
status_of 1 /bin/false
status_of 3 sh -c 'exit 3'
status_of 255 sh -c 'exit 255'
status_of 137 sh -c 'kill -9 $$'
said 'signal 9'
status_of 139 sh -c 'kill -SEGV $$'
status_of 143 sh -c 'kill $$'

# Its input, output and arguments are its own.
echo in | "$MEMTOP" record --quiet --force -o "$T/r.memtop" sh -c \
	'read x; echo "$x $1 $2"; echo err >&2' sh 'a b' -o >"$T/out" 2>"$T/err" || fail "status"
[ "$(cat "$T/out")" = 'in a b -o' ] || fail "output"
[ "$(cat "$T/err")" = err ] || fail "--quiet said something"

# Two lines at the end, on standard error.
expect 0 "$MEMTOP" record --force -o "$T/r.memtop" "$B/examples/worker" 30
[ "$(wc -l <"$T/err")" = 2 ] || fail "not two lines at the end"
said 'ended with status 0: current '
said 'worker.c:'

# A script's play has a status of its own.
printf 'wait exit\n' >"$T/play"
expect 0 "$MEMTOP" --play="$T/play" sh -c 'exit 3'
printf 'wait exit\n:no-such-command\n' >"$T/play"
expect 1 "$MEMTOP" --play="$T/play" sh -c 'exit 3'
said 2
expect 1 "$MEMTOP" --play="$T" /bin/true
said "can't be read: Is a directory"
printf ':diff 7 8\n' >"$T/play"
expect 1 "$MEMTOP" --play="$T/play" /bin/true
said "no moment '7': there are live, peak"
exit 0
