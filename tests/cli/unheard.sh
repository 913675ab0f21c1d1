#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# memtop hangs up on a caller that says nothing for half a second.  A caller that the machine
# was too busy to run in between asks again, and is answered.
. tests/lib.sh
. tests/cli/lib/held.sh

cat >"$T/late.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
/* The first two messages are sent only once nobody listens any more. */
ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
	static int late = 2;
	struct pollfd end = { .fd = fd };
	ssize_t (*next)(int, const void *, size_t, int) = dlsym(RTLD_NEXT, "send");
	if (late-- > 0) {
		while (poll(&end, 1, -1) < 1 || !(end.revents & POLLHUP)) {}
		write(2, "late\n", 5);
	}
	return next(fd, bytes, length, flags);
}
END
cat >"$T/w.c" <<'END'
#include <unistd.h>
int main(void)
{
	char c;
	write(1, ".", 1);
	while (read(0, &c, 1) == 1)
		write(1, ".", 1);
	return 0;
}
END
$CC -w -shared -fPIC -o "$T/late.so" "$T/late.c" -ldl
$CC -w -o "$T/w" "$T/w.c"

record_held r.memtop "$T/w"
run env LD_PRELOAD="$T/late.so" "$MEMTOP" ctl $pid mark 'said late'
[ "$status" = 0 ] || fail "ctl ended with $status: $(cat "$T/err")"
[ "$(grep -c late "$T/err")" = 2 ] || fail "not late twice: $(cat "$T/err")"
step
end_held
[ "$(sqlite3 "$T/r.memtop" 'SELECT text FROM mark')" = 'said late' ] || fail 'the mark is not there'
