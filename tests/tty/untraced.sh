#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A program that becomes one that can't be traced, and one that never was, while it goes on: the
# screen says so, and why.
. tests/lib.sh
. tests/tty/tmux.inc

echo '#include <unistd.h>
int main(void) { for (;;) pause(); }' >"$T/w.c"
$CC -o "$T/w" "$T/w.c"
$CC -static -o "$T/static" "$T/w.c" 2>/dev/null || skip 'no static C library'
# A tracer that closes its connection before it has said who it is.
cat >"$T/gone.c" <<'END'
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
__attribute__((constructor)) static void begin(void)
{
	struct sockaddr_un memtop = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	strncpy(memtop.sun_path, getenv("MEMTOP_MEETING"), sizeof(memtop.sun_path) - 1);
	connect(fd, (struct sockaddr *)&memtop, sizeof(memtop));
	close(fd);
}
END
$CC -shared -fPIC -o "$T/libmemtop.so" "$T/gone.c"
cp "$MEMTOP" "$T/memtop"
start 110 24

typed "clear; $MEMTOP sh -c 'exec $T/static'"
keys Enter
await "the program became one that can't be traced: its figures end here"
keys 2
gone "can't be traced"
keys q k
await '^READY>'

typed "clear; $T/memtop $T/w"
keys Enter
await 'The program is not traced yet\.'
await 'not traced: it came to memtop, and was gone before it had said who it is'
keys q k
await '^memtop: .*/w: nothing was traced: it came to memtop'
await '^READY>'
exit 0
