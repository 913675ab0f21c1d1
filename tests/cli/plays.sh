#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A live tree of processes in a script's hands: snapshots of all, differences by process
# and of their sum, keys for the program itself, files of what is seen; and each command
# that can't be done ends the script with its reason.
. tests/lib.sh

cat >"$T/w.c" <<'END'
#include <memtop.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
__attribute__((noinline)) static void *first(void) { void *volatile p = malloc(100000); return p; }
__attribute__((noinline)) static void *second(void) { void *volatile p = malloc(30000); return p; }
int main(void)
{
	int go[2], done[2], over[2];
	char line[64] = "";
	if (pipe(go) || pipe(done) || pipe(over))
		return 1;
	for (int i = 0; i < 2; i++)
		if (fork() == 0) {
			close(over[1]);
			int ok = first() && write(done[1], "1", 1) == 1 && read(go[0], line, 1) == 1 &&
				 second() && write(done[1], "2", 1) == 1;
			_exit(ok && read(over[0], line, 1) == 0 ? 0 : 1);
		}
	if (!first() || read(done[0], line, 1) != 1 || read(done[0], line, 1) != 1)
		return 1;
	memtop_mark("ready");
	if (!fgets(line, sizeof(line), stdin) || write(go[1], "gg", 2) != 2 || !second() ||
	    read(done[0], line, 1) != 1 || read(done[0], line, 1) != 1)
		return 1;
	printf("said %s\n", line);
	memtop_mark("grown");
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	close(over[1]);
	int a, b;
	return wait(&a) < 0 || wait(&b) < 0 || a || b ? 1 : 7;
}
END
$CC -g -O1 -Ishare/include -D_GNU_SOURCE -o "$T/w" "$T/w.c" || exit 1
cd "$T" || exit 1

play() {
	want=$1
	expect "$want" "$MEMTOP" --log=log --play=- ./w
}
play 0 <<'END'
wait mark ready
:snapshot one
o
type go
Enter
C-]
3
wait mark grown
wait settled
:snapshot two
:by function
:process all
:diff one two
:save-screen all
:save-screen all.csv
:export csv --force all.csv
:process main
:diff one two
:save-screen main
P
Down
Enter
:diff one two
:save-screen child
:diff one live
:save-screen live.svg
:save-screen live.ans
:snapshot
o
type end
Enter
C-]
3
wait exit
wait settled
:process all
:diff one two
:save-screen -
:write copy.memtop
:export json -
END
for file in all out; do
	grep -q '+87.9 KiB.* second' $file || fail "the sum grew by 3 times 30000: $(cat $file)"
done
for file in main child; do
	grep -q '+29.3 KiB.* second' $file || fail "each grew by 30000: $(cat $file)"
done
grep -q second all.csv || fail "all.csv: $(cat all.csv)"
grep -q '<svg' live.svg || fail "no picture"
printf '\033' | grep -qf - live.ans || fail "no colours"
grep -q 'said ' log || fail "the log of what it printed: $(cat log)"
expect 0 "$MEMTOP" report --process=all --by=function copy.memtop@two
printed second
expect 0 "$MEMTOP" diff --by=function copy.memtop@one copy.memtop@two
printed '+29.3 KiB'

# The recording itself is never written over, live or opened, by whatever name.
ln -s own.memtop link.memtop
for line in ':export csv --force own.memtop' ':save-screen --force link.memtop'; do
	printf 'wait mark ready\nwait settled\n%s\n' "$line" >play
	expect 1 "$MEMTOP" -o own.memtop --force --play=play ./w </dev/null
	said 'it is this recording; choose another name'
	expect 0 "$MEMTOP" report own.memtop
	printf '%s\n' "$line" >play
	expect 1 "$MEMTOP" open --play=play own.memtop
	said 'it is this recording; choose another name'
	expect 0 "$MEMTOP" report own.memtop
done

# What can't be done, with the line and the reason.
while IFS='|' read -r line reason; do
	printf 'wait mark ready\n%s\n' "$line" >play
	expect 1 "$MEMTOP" --play=play ./w </dev/null
	said "memtop: play: line 2: $line: "
	said "$reason"
done <<'END'
:snapshot 1x|cannot name a snapshot
:snapshot exit|cannot name a snapshot
:diff none live|no moment 'none'
:diff 7 live|no moment '7'
:process 1|no process
:export|needs a format
:export nonsense x|no format is named "nonsense"
:export csv /no/such/x|No such file or directory
:export csv --force|needs a format
:export csv play|play: exists already; choose another name or use --force
:save-screen|needs a file
:save-screen --force|needs a file
:save-screen play|play: exists already; choose another name or use --force
:save-screen /no/such/x|No such file or directory
:write /no/such/x|cannot write
:sort nothing|nothing
:by nothing|nothing
:filter size >|size
:theme pink|pink
wait for ever|wait for what
wait mark never|it did not come
no such key|not a key, type, wait or :command
END

# A look that was asked for is waited for.
play 0 <<'END'
wait mark ready
L
wait settled
:save-screen -
END
grep -q 'look 1: .* unreachable\|kernel does not let' "$T/out" || fail "no look: $(tail -1 "$T/out")"

# The row whose source is to be edited must have come.
printf 'wait mark ready\nwait settled\n:edit\n' >play
expect 1 "$MEMTOP" --play=play ./w </dev/null
said 'memtop: play: line 3: :edit: '
said 'no terminal for an editor'

# Tab finishes a word that a command takes, of whatever kind it is.
while IFS='|' read -r typed whole; do
	printf ':\ntype %s\nTab\n:save-screen -\n' "$typed" >play
	expect 0 "$MEMTOP" open --play=play copy.memtop </dev/null
	grep -q ":$whole" "$T/out" || fail "'$typed' became $(grep '^ *:' "$T/out")"
done <<'END'
by trac|by traceback
sort cou|sort count
columns +pea|columns +peak
tab thr|tab threads
export flam|export flamegraph
theme mon|theme mono
process mai|process main
help sna|help snapshot
END
exit 0
