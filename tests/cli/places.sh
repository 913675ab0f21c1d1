#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Folders and masks that a user may have, or that others prepared: a run goes on
# elsewhere, or is refused in one sentence before the program starts; what it writes
# is its user's alone, and what stood there is as it was.
. tests/lib.sh

echo '#include <stdlib.h>
int main(void) { free(malloc(100)); return 3; }' >"$T/w.c"
$CC -o "$T/w" "$T/w.c"
cd "$T" || exit 1
record() {
	expect 3 "$@" "$MEMTOP" record --quiet --force -o r.memtop ./w
	[ ! -s err ] || fail "$*: it said something"
	expect 0 "$MEMTOP" report r.memtop
}
empty() {
	[ -z "$(ls -A "$1")" ] || fail "left in $1: $(ls -A "$1")"
}

# Where the run's folder can stand, or not: there is always /tmp.
mkdir open closed real
chmod 777 open
: >file
ln -s real link
ln -s nowhere dangling
for place in "$T/none/such" "$T/file" relative "$T/dangling" /dev/full '' / \
	"$T/$(printf '%0200d' 1)"; do
	record env "XDG_RUNTIME_DIR=$place"
done
for place in open link real; do
	record env "XDG_RUNTIME_DIR=$T/$place"
	empty "$place/"
done

# Where the recording can't stand: one sentence, no run, nothing touched.
mkfifo fifo
echo precious >file
cp file before
for place in dangling fifo real link /dev/null /dev/full no/such.memtop file/x "$(printf '%0300d' 1)"; do
	for force in '' --force; do
		refused 125 'cannot write' "$MEMTOP" record $force -o "$place" ./w
		refused 125 'cannot write' "$MEMTOP" check $force --max-peak=1M -o "$place" ./w
	done
done
refused 125 'link to nowhere' "$MEMTOP" record -o dangling ./w
[ ! -e nowhere ] || fail "a link was followed"
refused 125 'it exists' "$MEMTOP" record -o file ./w
cmp -s file before || fail "the old file was touched"
# Forced, a link's file is the one that is written.
ln -s file to-file
expect 3 "$MEMTOP" record --quiet --force -o to-file ./w
[ -L to-file ] || fail "the link was replaced"
expect 0 "$MEMTOP" report file
# Logs that stood beside the name are not taken for the new recording's.
echo log >l.memtop-wal
expect 3 "$MEMTOP" record --quiet -o l.memtop ./w
expect 0 "$MEMTOP" report l.memtop
[ ! -e l.memtop-wal ] || fail "an old log stands there"

# No mask makes it public, none takes our own rights away.
printf 'wait exit\n:write copy.memtop\n' >play
modes='stat -c "%a %F" "$XDG_RUNTIME_DIR"/memtop.* "$XDG_STATE_HOME"/memtop/* >modes'
try_masks() {
	for mask in 0 022 077 277 777; do
		rm -rf state run copy.memtop r.memtop modes
		mkdir -m 700 run
		[ -z "$*" ] || chown nobody run
		: >modes
		chmod 666 modes
		expect 3 "$@" env "XDG_RUNTIME_DIR=$T/run" sh -c "umask $mask; exec $MEMTOP record --quiet -o r.memtop ./w"
		expect 0 "$@" env "XDG_RUNTIME_DIR=$T/run" "XDG_STATE_HOME=$T/state" sh -c \
			"umask $mask; exec $MEMTOP --play=play sh -c '$modes'"
		[ "$(stat -c %a r.memtop copy.memtop | sort -u)" = 600 ] || fail "mask $mask: recordings"
		grep -v '^[67]00 ' modes && fail "mask $mask: $(cat modes)"
		[ "$(grep -c ^600 modes)" -ge 1 ] && [ "$(grep -c ^700 modes)" = 1 ] ||
			fail "mask $mask: $(cat modes)"
		empty run
	done
}
try_masks

# Another user: its folder is not ours to use, nor ours its.  A place that it can reach.
# (setpriv's own exec goes where only root may.)
[ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups \
	sh -c "exec $MEMTOP --version" >/dev/null 2>&1 || exit 0
mkdir other
chown nobody other
record env "XDG_RUNTIME_DIR=$T/other"
empty other
reached=$(mktemp -d /tmp/mt.XXXXXX) || exit 1
trap 'rm -rf "$T" "$reached"' EXIT
cp play w "$reached"
cd "$reached" || exit 1
T=$reached
chmod 1777 .
try_masks setpriv --reuid=65534 --regid=65534 --clear-groups
exit 0
