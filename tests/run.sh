#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The test runner.  Reads lines "NAME COMMAND..." on standard input, runs two
# at a time, each with a folder, settings and a time limit of its own, and
# prints one line a test, with how many are done; the very last line has the counts.
# The limit is there for tests that hang, so on a machine that has more to do than
# cores it is longer by as much, when the test begins.
#
#	TEST_JOBS=2 TEST_TIMEOUT=900 tests/run.sh LOGS <list
#
# Exit status 77 of a test: skipped, its last line of output says why.  A test
# that leaves a process behind fails: every process that it starts carries
# MEMTOP_TEST in its environment, and those that are left are ended by pid.
#
# Tests of whole programs (cli, tty, python) depend on what else the machine does.  One to
# three of them that failed are run once more at the end, each alone: what passes then counts
# as passed, but is named in the last lines, and the log of its first try stays beside the
# second one as NAME.first.log.  All other tests have one try.
set -u

leftovers() {
	local file pid
	for file in $(grep -lzxF "MEMTOP_TEST=$1" /proc/[0-9]*/environ 2>/dev/null); do
		pid=${file#/proc/}
		pid=${pid%/environ}
		[ -r "/proc/$pid/stat" ] && ! grep -q ') Z ' "/proc/$pid/stat" 2>/dev/null &&
			echo "$pid"
	done
}

# Gives what is just about to end a moment: asks again until it is gone, for
# at most as long as a hundred looks take.
settle() {
	local look pids
	for look in {1..100}; do
		pids=$(leftovers "$1")
		[ -z "$pids" ] && return 0
	done
	echo "$pids"
}

# Seconds that a test may take: TEST_TIMEOUT, times how many of the machine's tasks wait for
# each of its cores, if that is more than one.
time_limit() {
	awk -v limit="${TEST_TIMEOUT:-900}" -v cores="$(nproc)" \
		'{ crowd = $1 / cores; print int(limit * (crowd > 1 ? crowd : 1)) }' /proc/loadavg
}

# A test begins with descriptors 0, 1 and 2 and nothing else.
close_descriptors() {
	local fd
	for fd in $(ls /proc/$BASHPID/fd); do
		[ "$fd" -gt 2 ] && [ "$fd" != 255 ] && exec {fd}>&-
	done
}

run_one() {
	local logs=$1 name=$2 status verdict pids pid start=$SECONDS reason limit
	limit=$(time_limit)
	shift 2
	local log=$logs/${name//\//.}.log home
	home=$(mktemp -d /tmp/mt.XXXXXX) || exit 1
	local token=$name.$$.$home
	mkdir -p "$home/config" "$home/state" "$home/run" "$home/cache" && chmod 700 "$home/run"
	{ close_descriptors; env -u LD_PRELOAD -u NO_COLOR -u MEMTOP_OPTIONS -u DEBUGINFOD_URLS -u TMUX \
		-u MEMTOP_NO_CACHE \
		LC_ALL=C.UTF-8 TMPDIR="$home" XDG_CONFIG_HOME="$home/config" XDG_CACHE_HOME="$home/cache" \
		XDG_STATE_HOME="$home/state" XDG_RUNTIME_DIR="$home/run" TMUX_TMPDIR="$home" \
		MEMTOP_TEST="$token" \
		setsid -w timeout -k 5 "$limit" "$@" >"$log" 2>&1 </dev/null
	} 2>/dev/null
	status=$?
	pids=$(settle "$token")
	for pid in $pids; do
		echo "left running: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")" >>"$log"
		kill -KILL "$pid" 2>/dev/null
	done
	rm -rf "$home"
	reason=$(tail -n 1 "$log" | tr -cd '[:print:]')
	if [ -n "$pids" ]; then
		verdict="FAIL $name: left processes behind"
	elif [ $status = 0 ]; then
		verdict="ok   $name ($((SECONDS - start)) s)"
	elif [ $status = 77 ]; then
		verdict="skip $name: $reason"
	elif [ $status = 124 ] || [ $status = 137 ]; then
		verdict="FAIL $name: not done after $limit s"
	else
		verdict="FAIL $name: status $status"
	fi
	echo "$verdict" >>"$logs/verdicts"
	verdict="$verdict, $(wc -l <"$logs/verdicts") of $(cat "$logs/total")"
	case $verdict in
	FAIL*) printf '%s\n%s\n' "$verdict" "$(tail -n 40 "$log" | sed 's/^/     | /')" ;;
	*) echo "$verdict" ;;
	esac
}

if [ "${1-}" = --one ]; then
	shift
	run_one "$@"
	exit 0
fi

logs=$1
rm -rf "$logs"
mkdir -p "$logs"
: >"$logs/verdicts"
grep . >"$logs/list"
wc -l <"$logs/list" >"$logs/total"
xargs -r -P "${TEST_JOBS:-2}" -d '\n' -n 1 bash -c '
	read -ra words <<<"$2"
	exec bash "$0" --one "$1" "${words[@]}"' "$0" "$logs" <"$logs/list"
again=$(grep -oE '^FAIL (cli|tty|python)/[^:]+' "$logs/verdicts" | cut -d' ' -f2)
[ "$(grep -c '^FAIL' "$logs/verdicts")" -le 3 ] || again=
for name in $again; do
	echo "again, alone: $name"
	mv "$logs/${name//\//.}.log" "$logs/${name//\//.}.first.log"
	sed -i "\\|^FAIL $name:|d" "$logs/verdicts"
	read -ra words <<<"$(grep -F -m 1 "$name " "$logs/list")"
	run_one "$logs" "${words[@]}"
	grep -q "^ok   $name " "$logs/verdicts" || again=${again//$name/}
done
failed=$(grep -c '^FAIL' "$logs/verdicts")
[ "$failed" = 0 ] || echo
grep '^FAIL' "$logs/verdicts" | while read -r verdict; do
	name=${verdict#FAIL }
	name=${name%%:*}
	printf '%s\n' "$verdict"
	tail -n 3 "$logs/${name//\//.}.log" | cut -c1-200 | sed 's/^/     | /'
done
grep '^skip' "$logs/verdicts"
[ -z "${again// /}" ] || printf 'passed at the second try only: %s\n' $again
[ -s "$logs/verdicts" ] || { echo "no test has such a name"; exit 1; }
echo "in $((SECONDS / 60)) min $((SECONDS % 60)) s:"
echo "$(grep -c '^ok' "$logs/verdicts") passed, $failed failed," \
	"$(grep -c '^skip' "$logs/verdicts") skipped" | tee "$logs/counts"
[ "$failed" = 0 ]
