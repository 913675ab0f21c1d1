#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A program whose libmemtop.so comes to memtop and is gone before it has said who it is, is of
# another version, or takes no answer: the end says why nothing of it was traced.
. tests/lib.sh

cat >"$T/stranger.c" <<'END'
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "tracer/wire/wire.h"
#include "tracer/wire/env.h"
/* STRANGER: "gone" says nothing, "other" is of another version, "deaf" takes no answer. */
__attribute__((constructor)) static void begin(void)
{
	struct meet_hello hello = { .magic = WIRE_MAGIC, .version = WIRE_VERSION };
	struct sockaddr_un memtop = { .sun_family = AF_UNIX };
	const char *kind = getenv("STRANGER");
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	char c;

	strncpy(memtop.sun_path, getenv(ENV_MEETING), sizeof(memtop.sun_path) - 1);
	if (connect(fd, (struct sockaddr *)&memtop, sizeof(memtop)) != 0)
		_exit(9);
	hello.kind = MEET_EXEC;
	hello.pid = getpid();
	hello.version += kind[0] == 'o';
	if (kind[0] != 'g')
		send(fd, &hello, sizeof(hello), 0);
	if (kind[0] == 'o')
		read(fd, &c, 1);        /* until memtop hangs up */
	if (kind[0] == 'd')
		recv(fd, &c, 1, MSG_PEEK);      /* the answer lies there */
	close(fd);
}
END
echo 'int main(void) { return 5; }' >"$T/w.c"
$CC -o "$T/w" "$T/w.c"
$CC -I. -shared -fPIC -o "$T/libmemtop.so" "$T/stranger.c" || skip 'no compiler for the tracer'
cp "$MEMTOP" "$T/memtop"

stranger() {
	STRANGER=$1 expect "$2" "$T/memtop" record --force -o "$T/r.memtop" "$T/w"
	said "$3"
}
stranger gone 125 'w: nothing was traced: it came to memtop, and was gone before it had said who it is'
stranger other 125 'w: nothing was traced: its libmemtop.so is of another version than this memtop'
stranger deaf 5 "until it became a program that can't be traced"

# A program writes on the roll that it has started a process which is none of its children:
# memtop does not go on for as long as that one lives.
cat >"$T/liar.c" <<'E'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/wire/roll.h"
int main(int argc, char **argv)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	unsigned long at;
	struct roll *roll = NULL;

	while (maps && fgets(line, sizeof(line), maps))
		if (!roll && strstr(line, "memtop roll") && sscanf(line, "%lx", &at) == 1)
			roll = (struct roll *)at;
	if (argc != 2 || !roll || roll->magic != ROLL_MAGIC)
		return 9;
	struct roll_entry *entry = &roll->entry[ROLL_ENTRIES - 1];

	entry->pid = atoi(argv[1]);
	entry->since = 1;
	atomic_store(&entry->state, UINT64_C(77) << 8 | ROLL_STARTED);
	return 5;
}
E
$CC -I. -o "$T/liar" "$T/liar.c"
expect 5 "$MEMTOP" record --force -o "$T/liar.memtop" "$T/liar" $$
waits=$(sed -n 's/.* memtop ctl \([0-9]*\) stop;.*/\1/p' "$T/err")
if [ -n "$waits" ]; then
	"$MEMTOP" ctl "$waits" stop
	fail 'it waits for a process that is not of this run'
fi
