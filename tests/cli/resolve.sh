#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Names from elsewhere: a program without debug info on the machine that it runs on, and its
# files in a folder on another.  What has another build-id gives no name.
. tests/lib.sh
. tests/cli/lib/unnamed.sh

cd "$T" || exit 1
build whole $id
build other ${id%f}0
mkdir -p there debug/.build-id/00 near root$T/there wrong/there links
links=debug/.build-id/00/${id#00}
objcopy --only-keep-debug whole $links.debug
cp whole there/w
strip there/w
unset DEBUGINFOD_URLS

# --- as it runs: the same options ---

# location OPTIONS: where the block of a run was allocated, in $T/where.
location() {
	expect 0 "$MEMTOP" record --quiet --force -o live.memtop "$@" there/w
	expect 0 "$MEMTOP" report --csv --limit=1 live.memtop
	tail -n 1 out >where
}
location
grep -q 'w\.c' where && fail "a line out of nowhere: $(cat where)"
location --debug-path=debug
grep -q 'w\.c,4,built' where || fail "--debug-path of a run: $(cat where)"
cp whole root$T/there/w
location --sysroot=root
grep -q 'w\.c,4,built' where || fail "--sysroot of a run: $(cat where)"
cp other root$T/there/w
location --sysroot=root
grep -q 'w\.c' where && fail "a line out of another build: $(cat where)"

# --- on another machine ---

expect 0 "$MEMTOP" record --quiet -o r.memtop there/w
rm -r there
chmod 640 r.memtop
cp r.memtop plain.memtop
# resolved OPTIONS: a fresh recording gets its line; the file keeps its mode.
resolved() {
	cp plain.memtop r.memtop
	chmod 640 r.memtop
	expect 0 "$MEMTOP" resolve "$@" r.memtop
	printed 'places without a line have better names'
	expect 0 "$MEMTOP" report --csv --limit=1 r.memtop
	grep -q 'w\.c,4,built' out || fail "resolve $*: $(cat out)"
	[ "$(stat -c %a r.memtop)" = 640 ] || fail "its mode changed"
	[ -z "$(ls | grep resolve-)" ] || fail "a copy stayed"
}
# unresolved OPTIONS: no name, and the file is the same to the byte.
unresolved() {
	cp plain.memtop r.memtop
	expect 125 "$MEMTOP" resolve "$@" r.memtop
	said 'no file here has the right build-id'
	cmp -s plain.memtop r.memtop || fail "resolve $* changed the file"
}
unresolved
printed 'w: file vanished'
unresolved --sysroot=root
printed 'w: build-id differs from the loaded one'
cp other wrong/w
unresolved --debug-path=wrong
printed 'w: build-id differs from the loaded one'
resolved --debug-path=wrong --debug-path=debug
mv $links.debug near/w.debug
unresolved --debug-path=debug
ln -s ../../../whole $links
resolved --debug-path=debug
cp whole near/w
resolved --debug-path=near
cp whole root$T/there/w
resolved --sysroot=root
# The debug file that the stripped one names, beside it in the sysroot.
strip root$T/there/w
(cd near && objcopy --add-gnu-debuglink=w.debug "../root$T/there/w")
cp near/w.debug root$T/there/w.debug
resolved --sysroot=root
# Once more: no names are better than these, which is no failure.
expect 0 "$MEMTOP" resolve --sysroot=root r.memtop
cp plain.memtop links/far.memtop
ln -s links/far.memtop link.memtop
expect 0 "$MEMTOP" resolve --debug-path=near --source-map="$T=/moved" link.memtop
[ -L link.memtop ] || fail "the link is gone"
expect 0 "$MEMTOP" report --csv --limit=1 links/far.memtop
grep -q '/moved/w\.c,4,built' out || fail "--source-map: $(cat out)"
# The lines are kept as a run keeps them.
if command -v sqlite3 >/dev/null; then
	resolved --debug-path=near
	[ "$(sqlite3 r.memtop "SELECT trim(text, char(9)) FROM source WHERE line = 4")" = \
		'void *p = malloc(size);' ] || fail "no source line"
	[ "$(sqlite3 r.memtop 'PRAGMA integrity_check; SELECT count(*) FROM frame
		WHERE id NOT IN (SELECT frame FROM site_frame)')" = "ok
0" ] || fail "frames that nobody has"
fi
folder=server/buildid/$id
mkdir -p "$folder"
cp near/w.debug "$folder/debuginfo"
if ldconfig -p 2>/dev/null | grep -q libdebuginfod.so.1; then
	export DEBUGINFOD_URLS="file://$T/server" DEBUGINFOD_CACHE_PATH="$T/downloads"
	resolved
	unset DEBUGINFOD_URLS
fi

# --- refusals ---

refused 2 'needs one recording, not 0' "$MEMTOP" resolve
refused 2 'needs one recording, not 2' "$MEMTOP" resolve r.memtop r.memtop
refused 127 'cannot read none.memtop' "$MEMTOP" resolve none.memtop
refused 125 'not a memtop recording' "$MEMTOP" resolve w.c
refused 2 'No such file' "$MEMTOP" resolve --debug-path=nowhere r.memtop
refused 2 'may not have a colon' "$MEMTOP" resolve --debug-path="$(mkdir a:b && echo a:b)" r.memtop
# Without a build-id nobody knows which file is the same.
mkdir bare
$CC -g -O1 -Wl,--build-id=none -o bare/w w.c && cp bare/w bare/same && strip bare/w
expect 0 "$MEMTOP" record --quiet -o r2.memtop bare/w
mv bare/same bare/w
expect 125 "$MEMTOP" resolve r2.memtop
printed 'it has no build-id, so no file can be known to be the same'
# One that is written still.
mkfifo hold ready
"$MEMTOP" record --quiet -o live2.memtop sh -c 'echo >ready; read line <hold' &
read -r _ <ready
until [ -e live2.memtop-wal ]; do kill -0 $! || fail "the run has ended"; done
run "$MEMTOP" resolve live2.memtop
echo >hold
wait $! || fail "status of the run"
[ "$status" = 125 ] || fail "a recording that is written still: $status"
said 'a memtop writes it still'
expect 0 "$MEMTOP" report live2.memtop
# One whose memtop was killed has a log beside it, which is taken in.
cp plain.memtop killed.memtop
python3 -c 'import os, sqlite3
db = sqlite3.connect("killed.memtop")
db.execute("PRAGMA journal_mode=WAL")
db.execute("INSERT INTO mark VALUES(99, 0.0, \"of the log\")")
db.commit()
os._exit(0)'
[ -s killed.memtop-wal ] || fail "no log to take in"
expect 0 "$MEMTOP" resolve --debug-path=near killed.memtop
[ ! -e killed.memtop-wal ] || fail "the log stands still"
grep -q 'of the log' killed.memtop || fail "the log was left out"
if [ "$(id -u)" != 0 ]; then
	chmod 400 plain.memtop
	refused 125 'Permission denied' "$MEMTOP" resolve --debug-path=near plain.memtop
fi
exit 0
