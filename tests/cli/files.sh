#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Where recordings go: PROGRAM.PID.memtop by default, never over an existing
# file without --force, and output that can't be written is an error.
. tests/lib.sh

cd "$T" || exit 1
"$MEMTOP" record --quiet /bin/true &
pid=$!
wait $pid || fail "status"
[ -f "true.$pid.memtop" ] || fail "no true.$pid.memtop but $(ls)"

expect 0 "$MEMTOP" record --quiet -o a.memtop /bin/true
cp a.memtop before
refused 125 a.memtop "$MEMTOP" record -o a.memtop /bin/echo ran
cmp -s a.memtop before || fail "the old recording was touched"
expect 0 "$MEMTOP" record --quiet --force -o a.memtop /bin/echo ran
printed ran
refused 125 no/such "$MEMTOP" record -o no/such/a.memtop /bin/echo ran

# A name with an @ in it, and a moment behind it.
cp a.memtop b@exit
expect 0 "$MEMTOP" report b@exit
expect 0 "$MEMTOP" report b@exit@exit

# Full and closed outputs.
"$MEMTOP" report a.memtop 2>err >/dev/full
[ $? = 125 ] || fail "a full disk"
grep -q 'standard output: No space left' err || fail "a full disk is told"
"$MEMTOP" report a.memtop 2>err >&-
[ $? = 125 ] || fail "a closed output"
grep -q 'standard output: ' err || fail "a closed output is told"
"$MEMTOP" help >/dev/full 2>err
[ $? = 125 ] || fail "help on a full disk"
cmp -s a.memtop a.memtop && "$MEMTOP" report a.memtop >out || fail "a recording was hurt"

# Nothing is left in the private folders.
left=$(find "$XDG_STATE_HOME" "$XDG_RUNTIME_DIR" -type f -o -type s 2>/dev/null)
[ -z "$left" ] || fail "left behind: $left"
exit 0
