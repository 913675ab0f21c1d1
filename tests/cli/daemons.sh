#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Daemons: record comes back with the first process's status, a collector goes on without
# anything of its caller, memtop list and ctl find it, and the recording is whole when the last
# process has ended.
. tests/lib.sh
export XDG_RUNTIME_DIR=$T

cat >"$T/d.c" <<'C'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* d STATUS FIFO KEPT: a daemon that holds KEPT bytes until it reads q, or the test, which alone
 * holds the fifo open for writing, is gone, however that ended. */
int main(int argc, char **argv)
{
	void *volatile block = malloc(1000);
	char byte;

	if (argc < 4)
		return 2;
	if (fork() > 0)
		return atoi(argv[1]);
	setsid();
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	int hold = open(argv[2], O_RDONLY);
	dprintf(1, "%d\n", (int)getpid());
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	block = malloc((size_t)atol(argv[3]));
	while (read(hold, &byte, 1) == 1 && byte != 'q')
		block = malloc(7000);
	return !block;
}
C
$CC -g -O0 -o "$T/d" "$T/d.c" || fail "no daemon"
mkfifo "$T/hold"
exec 8<>"$T/hold"

# until COMMAND...: waits for what must come; the test's own limit ends it.
until_it() {
	until "$@" >/dev/null 2>&1; do
		kill -0 $$ 2>/dev/null || exit 1        # of a subshell: the test was killed
		read -rt 0.05 <>"$T/never" || :
	done
}
mkfifo "$T/never"
# The user may have other memtops.
listed() { "$MEMTOP" list | grep -F "$T/"; }
none_runs() { ! listed; }
none_runs || fail "list: $(listed)"

# The caller's pipe ends with the first process, whose status comes back.
name=$(printf '%0150d' 0)
deep=$T/$name/$name             # list shows long paths whole, too
mkdir -p "$deep"
pid=$(cd "$T" && "$MEMTOP" record -o "$deep/r.memtop" "$T/d" 7 hold 50000 8>&- 9>"$T/lock" 2>"$T/err")
[ $? = 7 ] || fail "the status is not the first process's"
said 'ended with status 7, and 1 process that it left goes on, recorded in the background'
[ "$(wc -l <"$T/err")" = 1 ] || fail "more than one line"
collector=$(sed -n 's/.*memtop ctl \([0-9]*\) stop.*/\1/p' "$T/err")
[ "$(readlink "/proc/$collector/cwd")" = / ] || fail "it stands in the caller's folder"
ls -l "/proc/$collector/fd" | grep -q "$T/lock" && fail "it holds the caller's descriptor"
for fd in 0 1 2; do
	[ "$(readlink "/proc/$collector/fd/$fd")" = /dev/null ] || fail "it holds the caller's $fd"
done
[ "$(ps -o sid= -p "$collector" | tr -d ' ')" = "$collector" ] || fail "it is in the caller's session"

expect 0 "$MEMTOP" list
# Of a program with a long path its name.
grep -qE "^ *$collector +1  .*  d {21}$deep/r.memtop$" "$T/out" || fail "list: $(cat "$T/out")"
until_it eval 'listed | grep -q "\(49\|50\)\.[0-9] KiB"'
expect 0 "$MEMTOP" ctl "$pid" snapshot warm     # by the daemon's own pid
expect 0 "$MEMTOP" ctl "$collector" mark late
printf xx >&8
printf q >&8
until_it none_runs
expect 0 "$MEMTOP" report --json --process=all "$deep/r.memtop"
is "d['traced']['current'], d['traced']['allocations'] - d['traced']['frees']" "(66000, 5)"
is "[p['pid'] for p in d['processes']][1:], d['program']['exit_status'], d['unfollowed']" "([$pid], 7, [])"
expect 0 "$MEMTOP" report --json --process="$pid" "$deep/r.memtop@warm"
is "d['traced']['current'] >= 51000" True
expect 0 "$MEMTOP" report --json "$deep/r.memtop"
is "d['traced']['current']" 1000

# Told to stop, by ctl and by SIGTERM: the file is whole, and the daemon goes on.
for how in ctl term; do
	pid=$("$MEMTOP" record --quiet --force -o "$T/r.memtop" "$T/d" 0 "$T/hold" 50000 8>&- 2>"$T/err")
	[ ! -s "$T/err" ] || fail "--quiet said something"
	until_it eval 'listed | grep -q "\(49\|50\)\.[0-9] KiB"'
	collector=$(listed | sed -n 's/^ *\([0-9][0-9]*\) .*/\1/p')
	if [ $how = ctl ]; then
		expect 0 "$MEMTOP" ctl "$collector" stop
	else
		kill -TERM "$collector"
	fi
	until_it none_runs
	expect 0 "$MEMTOP" report --json --process="$pid" "$T/r.memtop"
	is "d['traced']['current']" 51000
	kill -0 "$pid" || fail "$how: the daemon did not go on"
	printf q >&8
	until_it eval "! kill -0 $pid"
done

# --wait: record itself waits.  The daemon is let go only once record has said so: were it to
# end while record still reads the first process's end, there would be nothing to wait for.
: >"$T/err"
(until_it grep -q 'recorded until' "$T/err"
	until_it eval 'listed | grep -q "\(49\|50\)\.[0-9] KiB"'
	printf q >&8) &
expect 3 "$MEMTOP" record --wait --force -o "$T/r.memtop" "$T/d" 3 "$T/hold" 50000 8>&-
said 'recorded until the last one ends, or Ctrl-C'
said 'with 1 other process'
wait
expect 0 "$MEMTOP" report --json --process=all "$T/r.memtop"
is "d['traced']['current']" 52000
refused 2 'list: takes no arguments' "$MEMTOP" list x
refused 125 "belongs to no running memtop" "$MEMTOP" ctl 999999 stop
exit 0
