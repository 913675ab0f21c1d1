#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Programs under a seccomp filter that kills: the same output and status as without
# memtop, so not one system call of the tracer's, and figures that are exact up to what
# is counted as lost.
. tests/preload/fake.bash
FLAGS=
WORKER=$WORKERS/seccomp

# same MODE: fakemem's report follows what the worker prints alone.
same() {
	expect 0 "$WORKER" "$1"
	mv "$T/out" "$T/alone"
	faked 0 "$WORKER" "$1"
	grep -v '^segment \|^function \|^declined ' "$T/out" | cmp -s - "$T/alone" ||
		fail "$1: another output than alone"
}

for mode in strict alone malloc tsync threads fork handler library; do
	same $mode
	agrees $mode
	lossless $mode
	[ "$(figure quiet)" = 2 ] || fail "$mode: quiet is $(figure quiet)"
done

# Filters that let the tracer's calls pass, calls that fail, and no clock: nothing changes.
for mode in lenient clockless; do
	same $mode
	agrees $mode
	lossless $mode
	[ "$(figure quiet)" = 0 ] || fail "$mode: quiet is $(figure quiet)"
done

# A filter stays across exec: the program that comes runs without us, as do children.
same exec
[ "$(grep -c '^segment ' "$T/out")" = 1 ] || fail "exec: two images said hello"
same spawn
[ "$(grep -c '^segment ' "$T/out")" = 1 ] || fail "spawn: a child said hello"

# Full rings: each event is recorded, or counted as dropped.
sum() {
	echo $(($(figure allocations) + $(figure frees) + $(figure unknown) + $(figure dropped) +
		$(figure lost)))
}
same heavy
lively=$(sum)
[ "$(figure dropped)" = 0 ] && agrees heavy
FLAGS=--stall
same heavy
[ "$(figure dropped)" -gt 0 ] || fail "nobody read, and nothing was dropped"
[ "$(sum)" = "$lively" ] || fail "$(sum) events with a reader that stands still, not $lively"
FLAGS=

# One gate for all of the tracer's calls; the rest are the program's own.
[ "$(grep -lE '"(syscall|svc #0)|machine_call\(' tracer/preload/*/*)" = tracer/preload/base/sys.h ] ||
	fail "a system call that does not pass sys.h"
[ "$(grep -l sys_raw6 tracer/preload/*/* | tr '\n' ' ')" = "tracer/preload/base/sys.h \
tracer/preload/hooks/mappings.c tracer/preload/hooks/quiet.c tracer/preload/unwind/cold.c " ] ||
	fail "calls past the gate: $(grep -l sys_raw6 tracer/preload/*/*)"

# memtop says it.
expect 0 "$MEMTOP" record -o "$T/strict.memtop" "$WORKER" strict
said "the program set a seccomp filter"
expect 0 "$MEMTOP" report --json --by=traceback "$T/strict.memtop"
is 'd["filtered"]' 1
is 'd["lost"], d["truncated"]' '(0, 0)'
# Whole: what is on it but for "deeper", and for libc's own start-up.
is '{" ".join(f["function"] for f in r["traceback"] if f["function"] != "deeper" and
	not f["module"].startswith(("libc.so", "libc-2"))) for r in d["statistics"]
	if r["traceback"][-1]["function"] == "block_after"}' \
	"{'_start main strict go_on block_after'}"
expect 0 "$MEMTOP" report "$T/strict.memtop"
printed "a seccomp filter was set"
expect 0 "$MEMTOP" record -o "$T/lenient.memtop" "$WORKER" lenient
grep -q seccomp "$T/err" && grep -q 'set a seccomp' "$T/err" && fail "a filter that does no harm is told"

# More threads than there are rings: 125 and the reason, where a limit is to be judged.
expect 0 "$MEMTOP" record -o "$T/crowd.memtop" "$WORKER" crowd
said "set a seccomp filter"
expect 0 "$MEMTOP" report --json "$T/crowd.memtop"
is 'd["lost"] > 0' True
expect 125 "$MEMTOP" check --max-exit=1G -- "$WORKER" crowd
grep -q "a seccomp filter was set" "$T"/out "$T"/err || fail "check does not say why"
exit 0
