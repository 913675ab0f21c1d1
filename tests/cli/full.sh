#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A disk that gets full while the program runs: it runs to its end, memtop says
# so, doesn't name the file as if it were whole, and answers for it with 125
# unless the program failed itself.
. tests/lib.sh

unshare -rm true 2>/dev/null || skip "no namespaces for a small disk"
cat >"$T/w.c" <<'END'
#include <stdlib.h>
void *left(int n, unsigned long way), *right(int n, unsigned long way);
#define WAY(name) void *name(int n, unsigned long way) \
{ \
	void *p = !n ? malloc(10) : way >> n & 1 ? left(n - 1, way) : right(n - 1, way); \
	__asm__("" : "+r"(p)); \
	return p; \
}
WAY(left)
WAY(right)
int main(int argc, char **argv)
{
	for (unsigned long i = 0; i < 30000; i++)
		left(15, i * 7919);
	return argc > 1 ? atoi(argv[1]) : 0;
}
END
$CC -g -O1 -o "$T/w" "$T/w.c"
mkdir "$T/disk"
# small SIZE COMMAND...: with a disk of that size on $T/disk; what report says of the
# recording there afterwards comes last, in $T/after.
small() {
	size=$1
	shift
	run unshare -rm sh -c 'mount -t tmpfs -o size="$1" none "$2/disk" || exit 9
		memtop=$3 folder=$2
		shift 3
		"$@"
		status=$?
		[ ! -e "$folder/disk/r.memtop" ] || "$memtop" report "$folder/disk/r.memtop" \
			>"$folder/table" 2>"$folder/after" || echo "status $?" >>"$folder/after"
		exit $status' sh "$size" "$T" "$MEMTOP" "$@"
}
# The recording: it opens, or is refused in one sentence.
judge_after() {
	[ -s "$T/table" ] && [ ! -s "$T/after" ] && return
	[ "$(grep -c '^memtop: .*nothing is recorded\|^memtop: cannot read' "$T/after")" = 1 ] &&
		[ "$(wc -l <"$T/after")" = 2 ] || fail "report said $(cat "$T/after")"
}
for code in 0 7; do
	[ $code = 0 ] && want=125 || want=$code
	small 300k "$MEMTOP" record -o "$T/disk/r.memtop" "$T/w" $code
	[ "$status" = $want ] || fail "status $status, not $want"
	said 'disk is full; free some space'
	said "ended with status $code: current 293 KiB in 30 000 blocks"
	grep -q 'see memtop report' "$T/err" && fail "a broken recording was praised"
	[ "$(wc -l <"$T/err")" = 3 ] || fail "not three lines"
	judge_after
	# check: the same, and a broken limit comes before it.
	small 300k "$MEMTOP" check --max-peak=1G -o "$T/disk/r.memtop" "$T/w" $code
	[ "$status" = $want ] || fail "check: status $status, not $want"
	said 'disk is full; free some space'
	said '293 KiB  ok'
	judge_after
	[ $code = 0 ] && want=99
	small 300k "$MEMTOP" check --max-peak=1K -o "$T/disk/r.memtop" "$T/w" $code
	[ "$status" = $want ] || fail "check: status $status, not $want"
	said BROKEN
	said 'disk is full; free some space'
	rm "$T/table" "$T/after"
done
# A disk without room for the empty tables: told before the program starts.
for size in 4k 16k; do
	small $size "$MEMTOP" record -o "$T/disk/r.memtop" touch "$T/ran"
	[ "$status" = 125 ] && [ "$(wc -l <"$T/err")" = 1 ] || fail "a tiny disk: $status"
	said 'disk is full; free some space'
	[ ! -e "$T/ran" ] || fail "it was started all the same"
done
# Then it does not lose what it was to replace either; where that gives room enough, it does.
small 40k sh -c 'echo old >"$0/disk/old"; "$1" record --force -o "$0/disk/old" true
	status=$?; cat "$0/disk/old"; ls -A "$0/disk"; exit $status' "$T" "$MEMTOP"
[ "$status" = 125 ] && [ "$(wc -l <"$T/err")" = 1 ] || fail "a disk with an old file: $status"
said 'disk is full; free some space'
[ "$(tr '\n' , <"$T/out")" = old,old, ] || fail "the old file was touched"
small 300k sh -c 'head -c 200000 /dev/zero >"$0/disk/r.memtop"
	exec "$1" record --quiet --force -o "$0/disk/r.memtop" true' "$T" "$MEMTOP"
[ "$status" = 0 ] || fail "what is replaced gives no room: $status"
[ -s "$T/table" ] || fail "nothing was recorded: $(cat "$T/after")"
# One that cannot be replaced, here as it is a mount, has its log still: what it was told last
# is in there.  The log of one that is replaced goes with it.
run unshare -rm sh -c 'cd "$0/disk" && echo old >old && echo log >old-wal && mount --bind old old
	"$1" record --force -o old true
	status=$?; cat old old-wal; ls -A; umount old
	"$1" record --quiet --force -o old true && ls -A; exit $status' "$T" "$MEMTOP"
[ "$status" = 125 ] && [ "$(wc -l <"$T/err")" = 1 ] || fail "a file that is a mount: $status"
said 'Device or resource busy'
[ "$(tr '\n' , <"$T/out")" = old,log,old,old-wal,old, ] || fail "it left $(cat "$T/out")"
rm "$T/disk/old"
# Nor is there room for the run's folder, where that is asked to be.
small 4k sh -c 'mkdir "$0/disk/a" && : >"$0/disk/b" && cat /dev/zero >"$0/disk/c" 2>/dev/null
	XDG_RUNTIME_DIR=$0/disk exec "$1" check --max-peak=1G true' "$T" "$MEMTOP"
[ "$status" = 0 ] || [ "$status" = 125 -a "$(wc -l <"$T/err")" = 1 ] || fail "no room for a folder"

# A quota, and a limit on the size of files.
expect 125 env QUOTA=200000 LD_PRELOAD="$B/tests/workers/libquota.so" "$MEMTOP" record \
	-o "$T/q.memtop" "$T/w"
said 'Disk quota exceeded; free some space'
said 'ended with status 0: current 293 KiB'
expect 125 sh -c 'ulimit -f 100; exec "$@"' sh "$MEMTOP" check --max-peak=1G -o "$T/f.memtop" "$T/w"
said 'File too large; raise'
[ ! -e "$T/f.memtop" ] || fail "a refused run left a recording"
exit 0
