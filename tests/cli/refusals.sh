#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What can't be traced is refused before it starts, in one sentence.
. tests/lib.sh

record() {
	refused "$1" "$2" "$MEMTOP" record -o "$T/r.memtop" "$3"
	[ ! -e "$T/r.memtop" ] || fail "a refused program left a recording"
}

record 127 no-such "$T/no-such"
record 127 no-such-command no-such-command
record 126 "$T" "$T"
: >"$T/plain"
record 126 plain "$T/plain"
chmod +x "$T/plain"
echo 'int main(void) { return 0; }' >"$T/w.c"

if $CC -static -o "$T/static" "$T/w.c" 2>/dev/null; then
	record 126 'statically linked' "$T/static"
	printf '#!%s\n' "$T/static" >"$T/script"
	chmod +x "$T/script"
	record 126 'statically linked' "$T/script"
fi
if $CC -m32 -o "$T/w32" "$T/w.c" 2>/dev/null; then
	record 126 'w32' "$T/w32"
fi
$CC -o "$T/setuid" "$T/w.c"
chmod u+s "$T/setuid"
# To its owner that bit gives nothing.
expect 0 "$MEMTOP" record --quiet -o "$T/setuid.memtop" "$T/setuid"
if [ "$(id -u)" = 0 ]; then
	chown 65534 "$T/setuid"
	chmod u+s "$T/setuid"
	record 126 'set-user-ID' "$T/setuid"
	expect 0 "$MEMTOP" record -o "$T/euid.memtop" setpriv --euid 65534 /bin/true
	said 'started for another user than its own'
fi

# AddressSanitizer would end it; as a child it runs, untraced.
if $CC -fsanitize=address -shared-libasan -o "$T/asan" "$T/w.c" 2>/dev/null ||
   $CC -fsanitize=address -o "$T/asan" "$T/w.c" 2>/dev/null; then
	if readelf -d "$T/asan" | grep -q 'NEEDED.*libasan'; then
		record 126 AddressSanitizer "$T/asan"
		expect 0 "$MEMTOP" record -o "$T/asan.memtop" sh -c "$T/asan && exec $T/asan"
		case $(getconf GNU_LIBC_VERSION) in
		*' '2.[12][0-9] | *' '2.3[0-3]) refused 126 'glibc before 2.34' \
			env ASAN_OPTIONS=verify_asan_link_order=0 "$MEMTOP" record "$T/asan" ;;
		*) expect 0 env ASAN_OPTIONS=verify_asan_link_order=0 "$MEMTOP" record --force \
			-o "$T/asan.memtop" "$T/asan" ;;
		esac
	fi
fi

cat >"$T/own.c" <<'END'
#include <stddef.h>
void *malloc(size_t size) { (void)size; return NULL; }
void free(void *block) { (void)block; }
int main(void) { return 0; }
END
$CC -rdynamic -o "$T/own" "$T/own.c"
record 126 malloc "$T/own"

# One that comes by exec runs as it would without memtop: its malloc is not entered
# while it is half made, and for its mapping nothing is looked up in vain.
cat >"$T/pool.c" <<'END'
#include <stdlib.h>
#include <sys/mman.h>
static char *pool;
static size_t used;
static int making;
void *malloc(size_t size)
{
	if (making)
		abort();
	if (!pool) {
		making = 1;
		pool = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
		making = 0;
	}
	used += (size + 15) / 16 * 16;
	return pool + used - (size + 15) / 16 * 16;
}
void free(void *block) { (void)block; }
__attribute__((constructor)) static void first(void) { free(malloc(3)); }
int main(void) { return *(volatile char *)malloc(7); }
END
cat >"$T/early.c" <<'END'
#include <stdlib.h>
__attribute__((constructor)) static void first(void) { free(malloc(5)); }
END
$CC -fno-builtin -shared -fPIC -o "$T/libearly.so" "$T/early.c"
$CC -fno-builtin -rdynamic -o "$T/pool" "$T/pool.c" -Wl,--no-as-needed "$T/libearly.so"
expect 0 "$MEMTOP" record -o "$T/exec.memtop" sh -c "exec $T/pool"
said "until it became a program that can't be traced"

# Without a terminal there is no screen.
$CC -o "$T/w" "$T/w.c"
refused 125 'memtop record' setsid -w "$MEMTOP" "$T/w"
refused 125 'memtop report' setsid -w "$MEMTOP" open "$T/w"

# A thread that may not be started is no lack of memory.
nobody="setpriv --reuid=65533 --clear-groups"
if [ "$(id -u)" = 0 ] && $nobody test -x "$MEMTOP"; then
	outside=$(TMPDIR=/tmp mktemp -d) && chmod 777 "$outside"
	# shellcheck disable=SC2086
	XDG_RUNTIME_DIR=$outside $nobody prlimit --nproc=3 \
		"$MEMTOP" record -o "$outside/w.memtop" true >"$T/out" 2>"$T/err"
	status=$?
	rm -rf "$outside"
	[ $status = 125 ] || fail "status $status for a user without threads"
	said 'no memory or no thread is left'
fi
exit 0
