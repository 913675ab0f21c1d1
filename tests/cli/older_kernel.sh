#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Kernels that lack newer calls (tests/cli/without.c answers as they do): the same figures,
# processes, looks and ends by second ways; or one sentence.
. tests/lib.sh
without=$B/tests/cli/without
newer=newer,rseq,statx,membarrier,userfaultfd,populate_write,dontunmap,get_rseq,pagemap_scan
"$without" "$newer" true || skip "no filters here"
"$without" "$newer" python3 -c 'import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for call in 424, 434, 449, 467:
	assert libc.syscall(call, -1, 0) == -1 and ctypes.get_errno() == 38, call' ||
	fail "the filter lets a newer call pass"

# Processes: all are followed to the byte, and seen to end.  The last one waits for a word
# on a pipe that nobody opens before the first one has ended, and so has to be seen twice.
cat >"$T/w.c" <<'END'
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
char *kept[100];
__attribute__((noinline)) void lose(void)
{
	for (int i = 0; i < 5; i++)
		memset(malloc(300), 1, 300);
}
int main(int argc, char **argv)
{
	char word[8];
	FILE *gate;
	lose();
	for (int i = 0; i < 100; i++)
		kept[i] = memset(malloc(1000), 1, 1000);
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			for (int n = 0; n < 20; n++)
				memset(malloc(100), 1, 100);
			return 0;
		}
	for (int i = 0; i < 3; i++)
		wait(NULL);
	if (argc < 2 || fork())
		return 0;
	setsid();
	free(kept[0]);
	gate = fopen(argv[1], "r");
	return !gate || !fgets(word, sizeof word, gate);
}
END
$CC -g -O1 -o "$T/w" "$T/w.c" || fail "the program does not compile"
# What does not differ between two runs.
figures() {
	"$MEMTOP" report --json --process=all "$1" >"$T/out" || fail "no report of $1"
	json "$T/out" '(len(d["processes"]), d["unfollowed"], d["lost"], d["traced"]["total"],
		[(r["key"].split("/")[-1], r["size"], r["count"]) for r in d["statistics"]])'
}
mkfifo "$T/gate"
for how in all newer; do
	deny=
	[ $how = all ] || deny="$without $newer"
	$deny "$MEMTOP" record --quiet --wait -o "$T/$how.memtop" "$T/w" "$T/gate" &
	echo go >"$T/gate"
	wait $! || fail "record ended with $?"
	figures "$T/$how.memtop" >"$T/$how"
done
grep -q "^(5, \[\], 0, .*w.c:18', 499000, 499.*w.c:22', 6000, 60" "$T/all" ||
	fail "the figures: $(cat "$T/all")"
cmp "$T/all" "$T/newer" || fail "$(cat "$T/all" "$T/newer")"

# A look: the same is unreachable, by ptrace and copies alone.
for how in all newer; do
	deny=
	[ $how = all ] || deny="$without $newer"
	expect 99 $deny "$MEMTOP" check --max-unreachable=0 --follow=exec -- "$T/w"
	grep -v pid "$T/err" >"$T/look.$how"
done
cmp "$T/look.all" "$T/look.newer" || fail "$(cat "$T/look.all" "$T/look.newer")"

# The end of a program that memtop came to later: it keeps 1,000 blocks of 100 bytes as soon
# as it is traced, and quits.
coproc program { exec "$MEMTOP" standby "$B/tests/workers/standby"; }
child=$!
read -r -t 60 _ pid <&"${program[0]}" || fail "standby"
"$without" "$newer" "$MEMTOP" record --quiet -o "$T/late.memtop" --attach="$pid" &
recorder=$!
echo keep >&"${program[1]}"
if ! read -r -t 60 word <&"${program[0]}" || [ "$word" != done ]; then
	kill "$child" "$recorder"
	fail "the tracer is not woken"
fi
echo quit >&"${program[1]}"
wait "$recorder" || fail "record --attach ended with $?"
"$MEMTOP" report --json "$T/late.memtop" >"$T/out"
is '[r["size"] for r in d["statistics"] if r["count"] == 1000]' '[100000]'

# A program that was started without memtop, which ptrace puts a tracer into: by a memtop
# to which the kernel gives these answers.
printf '#!/bin/sh\nexec "%s" "%s" "%s" "$@"\n' "$without" "$newer" "$MEMTOP" >"$T/older"
chmod +x "$T/older"
ATTACHES=2 KILLS=2 MEMTOP=$T/older tests/cli/ptrace.py exact >"$T/out" 2>&1
status=$?
[ $status = 0 ] || [ $status = 77 ] || fail "ptrace.py: $status"

# What has no second way is said.
expect 125 "$without" memfd_create "$MEMTOP" record -o "$T/none.memtop" true
said 'memtop: cannot make the shared segment: memfd_create: Function not implemented'
expect 125 "$without" process_vm_readv "$MEMTOP" check --max-unreachable=0 --follow=exec -- "$T/w"
said 'memtop: these figures are incomplete: 1 process ended without a look at the heap: its memory could not be read'
