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

# More rows than there can be are all rows.
expect 0 "$MEMTOP" report --limit=99999999999999 a.memtop

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

# A recording that is cut short or has flipped bytes: an answer, or one sentence.
judge() {
	run "$@"
	case $status in
	0) [ ! -s "$T/err" ] || fail "$*: an answer and a complaint" ;;
	125 | 2) [ "$(grep -c '^memtop: .*[a-z]' "$T/err")" = 1 ] && [ "$(wc -l <"$T/err")" = 1 ] ||
		fail "$*: not one sentence" ;;
	*) fail "$*: status $status" ;;
	esac
	refused=$((refused + (status != 0)))
}
refused=0
size=$(stat -c %s a.memtop)
for part in 0 1 50 100 512 4095 4096 $((size / 2)) $((size - 4096)) $((size - 1)); do
	head -c "$part" a.memtop >cut.memtop
	judge "$MEMTOP" report cut.memtop
	[ "$status" = 125 ] || fail "$part bytes of $size gave an answer"
done
refused 125 "it is cut off: $((size - 1)) bytes of $size" "$MEMTOP" report cut.memtop
for at in 0 16 18 19 28 44 60 68 100 103 105 $((size / 3)) $((size / 2)) $((size - 9)); do
	cp a.memtop bad.memtop
	printf '\377' | dd of=bad.memtop bs=1 seek="$at" conv=notrunc 2>/dev/null
	judge "$MEMTOP" report bad.memtop
	judge "$MEMTOP" export --format=folded bad.memtop
	echo ':save-screen -' >keys
	judge "$MEMTOP" open --play=keys bad.memtop
done
[ "$refused" -gt 20 ] || fail "only $refused were refused"

# Nothing is left in the private folders.
left=$(find "$XDG_STATE_HOME" "$XDG_RUNTIME_DIR" -type f -o -type s 2>/dev/null)
[ -z "$left" ] || fail "left behind: $left"
exit 0
