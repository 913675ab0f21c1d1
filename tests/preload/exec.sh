#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The environment across exec: led to memtop where a program can be traced, and
# rid of it where not (static, other architectures, scripts of these).
. tests/preload/fake.bash
FLAGS=

cat >"$T/show.c" <<'C'
#include <stdio.h>
#include <string.h>
extern char **environ;
int main(void)
{
	for (char **e = environ; *e; e++)
		if (!strncmp(*e, "LD_PRELOAD=", 11) || !strncmp(*e, "MEMTOP_", 7) ||
		    !strncmp(*e, "GIVEN=", 6))
			puts(*e);
	return 0;
}
C
$CC -o "$T/dynamic" "$T/show.c" || fail "no compiler"
$CC -static -o "$T/static" "$T/show.c" || skip "no static libc"
printf '#!%s\n' "$T/static" >"$T/script" && chmod +x "$T/script"
cp "$T/static" "$T/foreign" && printf '\003\000' |
	dd of="$T/foreign" bs=1 seek=18 conv=notrunc status=none

library=$(realpath "$B/libmemtop.so")
faked 0 /usr/bin/env -i GIVEN=1 "$T/dynamic"
printed "LD_PRELOAD=$library"
printed "MEMTOP_LIBRARY=$library"
printed "MEMTOP_MEETING="
printed GIVEN=1
faked 0 /usr/bin/env LD_PRELOAD=/nonexistent/other.so "$T/dynamic"
printed "LD_PRELOAD=$library:/nonexistent/other.so"

for program in static script; do
	faked 0 /usr/bin/env GIVEN=1 LD_PRELOAD="/other.so $library:/more.so" "$T/$program"
	printed "LD_PRELOAD=/other.so:/more.so"
	printed GIVEN=1
	grep -q 'MEMTOP_MEETING\|MEMTOP_LIBRARY\|libmemtop' "$T/out" && fail "$program: not rid of it"
	faked 0 /usr/bin/env MEMTOP_OPTIONS=--quiet "$T/$program"
	grep -q LD_PRELOAD "$T/out" && fail "$program: an empty LD_PRELOAD"
	printed MEMTOP_OPTIONS=--quiet
done

# Found through PATH, as execvp finds it.
PATH="$T:$PATH" faked 0 /usr/bin/env static
grep -q LD_PRELOAD "$T/out" && fail "static through PATH: not rid of it"

# A memtop that runs under this one has its own program, as long as it lives.
: >"$T/meet"
faked 0 /usr/bin/env MEMTOP_MEETING="$T/meet" "$T/dynamic"
printed "MEMTOP_MEETING=$T/meet"
faked 0 /usr/bin/env MEMTOP_MEETING="$T/nobody" "$T/dynamic"
grep -q "MEMTOP_MEETING=$T/nobody" "$T/out" && fail "led to a memtop that is gone"

# What can't be executed says what it says without memtop.
run /bin/bash -c "exec $T/foreign" && without="$status $(cat "$T/err")"
run "$FAKE" "$B/libmemtop.so" /bin/bash -c "exec $T/foreign"
[ "$status $(cat "$T/err")" = "$without" ] || fail "foreign: $status, not ${without%% *}"
exit 0
