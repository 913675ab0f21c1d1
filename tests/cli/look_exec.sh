#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Looks at a program that becomes another one by exec all the time: the clone of a look has
# lost its parent's code then, and is reaped by the new program all the same.  LOOKS=500 takes so many.
. tests/lib.sh
. tests/cli/lib/held.sh

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
record_held r.memtop "$T/w"
i=0 taken=0
while [ $i -lt "${LOOKS:-6}" ]; do
	i=$((i + 1))
	look "look$i"
	[ "$status" != 0 ] || taken=$((taken + 1))
done
end_held
echo "$taken looks of $i were taken"
