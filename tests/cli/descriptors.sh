#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Standard descriptors that are closed or full: the program finds them as it would
# without memtop, its status is its own, and no message or file of memtop's lands
# where another one belongs.
. tests/lib.sh

# Prints what it has open, to a place of its own, and goes on as a shell would.
cat >"$T/w.c" <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
	FILE *fds = fopen(argv[1], "w");
	for (int fd = 0; fd < 20; fd++)
		if (fd != fileno(fds))
			fprintf(fds, "%d ", fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
	fclose(fds);
	free(malloc(1000));
	return printf("out\n") < 0 || fflush(stdout) ? argc : 3;
}
END
$CC -o "$T/w" "$T/w.c"
cd "$T" || exit 1

# run_with REDIRECTIONS COMMAND...: with these and nothing else.
run_with() {
	how=$1
	shift
	rm -f fds
	: >out
	: >err
	status=0
	eval '"$@" <in >out 2>err '"$how" || status=$?
}
echo in >in
for how in '' '<&-' '>&-' '2>&-' '<&- >&-' '>&- 2>&-' '<&- 2>&-' '<&- >&- 2>&-' '>/dev/full' '2>/dev/full' \
	'>/dev/full 2>/dev/full'; do
	run_with "$how" ./w fds
	bare=$status
	mv fds bare.fds
	cp out bare.out
	for command in 'record --force -o r.memtop' 'check --max-peak=1M --report=j'; do
		rm -f j
		run_with "$how" "$MEMTOP" $command ./w fds
		[ "$status" = "$bare" ] || fail "$how $command: status $status, not $bare"
		cmp -s fds bare.fds || fail "$how $command: it found $(cat fds), not $(cat bare.fds)"
		cmp -s out bare.out || fail "$how $command: another output"
		case $command in *report*)
			grep -q '^{"memtop": 1, "check": "passed".*"exit_status": '"$bare[,}]" j ||
				fail "$how $command: the verdict's file: $(cat j)" ;;
		esac
	done
	expect 0 "$MEMTOP" report r.memtop
	for command in report 'export --format=folded'; do
		run_with "$how" "$MEMTOP" $command r.memtop
		case $how in
		*'>/dev/full'* | *'>&-'*) ;;
		*) [ "$status" = 0 ] || fail "$how $command: status $status" ;;
		esac
		case $how in
		'>'* | *' >&-'*) [ "$status" = 125 ] || fail "$how $command: nobody read it, and status $status" ;;
		esac
	done
done

# A verdict's file that is full is no success; a broken limit comes before it, and the
# program's own failure before that.
expect 125 "$MEMTOP" check --max-peak=1M --report=/dev/full true
said 'cannot write --report=/dev/full: No space left'
expect 99 "$MEMTOP" check --max-total=1 --report=/dev/full sh -c 'exit 0'
expect 3 "$MEMTOP" check --max-total=1 --report=/dev/full ./w fds
exit 0
