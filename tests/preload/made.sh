#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Code made at run time: stacks go on through it, and it has the names that the
# program wrote for perf; what is not the program's own file is not believed.
. tests/lib.sh
worker=$B/tests/workers/made
[ -x "$worker" ] || skip "its code is x86-64's"
trap 'rm -rf "$T"; for pid in $pids; do rm -f /tmp/perf-$pid.map /tmp/perf-$pid.map.other; done' EXIT

# stacks HOW: the functions of each block that was told, oldest first.
stacks() {
	expect 0 "$MEMTOP" record --quiet --force -o "$T/m" -- "$worker" $1
	pids+=" $(cat "$T/out")"
	expect 0 "$MEMTOP" report --by=traceback --json "$T/m"
	is "{r['cut'] for r in d['statistics'] if 10000 < r['size'] < 10004}" "{None}"
	cp "$T/out" "$T/json"
}

named="{10001: ['main', 'again', 'by_alloca', 'render /srv/app.js:3:21', 'take'], \
10002: ['main', 'again', 'by_alloca', 'py::pack:/srv/app.py', 'take'], \
10003: ['main', 'again', 'by_alloca', 'void App.run(int)', 'take']}"
found="{r['size']: [f['function'] for f in r['traceback']][-5:] for r in \
sorted(d['statistics'], key=lambda r: r['size']) if 10000 < r['size'] < 10004}"
for how in "" late; do
	stacks $how
	is "$found" "$named"
	is "{f['module'] for r in d['statistics'] if r['size'] == 10001 for f in r['traceback'][-2:-1]}" \
		"{'[JIT]'}"
	expect 0 "$MEMTOP" report "$T/m"
	! grep -qF '[JIT]: ' "$T/out" || fail "$how: unresolved"
done
declare -A why=([none]='made at run time, and no perf map: node --perf-basic-prof' \
	[foreign]='its perf map is not a regular file of its own user')
# What else has no name: functions of a libc without debug information.
others="len({f['function'] for r in d['statistics'] for f in r['traceback'] \
if f['function'][:2] == '+0' and f['module'] != '[JIT]'})"
for how in none foreign; do
	stacks $how
	is "[f['function'][:2] for r in d['statistics'] if 10000 < r['size'] < 10004 for f in \
r['traceback'][-2:-1]]" "['+0', '+0', '+0']"
	is "d['unresolved'] - $others" 3
	expect 0 "$MEMTOP" report "$T/m"
	printed "[JIT]: ${why[$how]}"
done
exit 0
