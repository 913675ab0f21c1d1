#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Looks at a program that becomes another one by exec all the time: the clone of a look has
# lost its parent's code then, and is reaped by the new program all the same.  LOOKS=500 takes so many.
. tests/lib.sh

cat >"$T/w.c" <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static void *kept[20000];
int main(int argc, char **argv)
{
	struct pollfd in = { 0, POLLIN, 0 };
	char round[24];
	for (int i = 0; i < 20000; i++)
		kept[i] = malloc(100);
	if (argc < 2)
		write(1, ".", 1);
	poll(&in, 1, 0);
	if (!in.revents) {
		snprintf(round, sizeof round, "%ld", argc < 2 ? 1 : atol(argv[1]) + 1);
		execl(argv[0], argv[0], round, NULL);
		return 1;
	}
	pid_t left = waitpid(-1, NULL, __WALL | WNOHANG);
	if (left == -1 && errno == ECHILD)
		return kept[0] == NULL;
	fprintf(stderr, "round %s: a child is left: %d\n", argc < 2 ? "0" : argv[1], (int)left);
	return 2;
}
END
$CC -g -O0 -w -o "$T/w" "$T/w.c"
mkfifo "$T/in" "$T/dots"
"$MEMTOP" record --quiet -o "$T/r.memtop" "$T/w" <"$T/in" >"$T/dots" 2>"$T/stderr" &
pid=$!
exec 3>"$T/in" 4<"$T/dots"
head -c 1 <&4 >"$T/first"
i=0 taken=0
while [ $i -lt "${LOOKS:-6}" ]; do
	i=$((i + 1))
	run "$MEMTOP" ctl $pid heap "look$i"
	if [ "$status" = 0 ]; then
		taken=$((taken + 1))
	elif grep -q 'kernel does not let' "$T/err"; then
		exec 3>&-
		wait $pid
		skip 'no ptrace here'
	fi
done
exec 3>&-
wait $pid
status=$?
exec 4<&-
[ $status = 0 ] || fail "status $status of the program: $(cat "$T/stderr")"
echo "$taken looks of $i were taken"
