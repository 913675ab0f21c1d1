# SPDX-License-Identifier: GPL-3.0-or-later
# A program of one allocation, in `built` at line 4 of $T/w.c, whose names a test takes away
# and has looked up elsewhere by the build-id $id.  Sourced behind tests/lib.sh.
id=00112233445566778899aabbccddeeff
cat >"$T/w.c" <<'C'
#include <stdlib.h>
__attribute__((noinline)) void *built(size_t size)
{
	void *p = malloc(size);
	__asm__("" : "+r"(p));
	return p;
}
int main(void) { return !built(12345); }
C

# build NAME ID: the program as $T/NAME, with debug information and that build-id.
build() {
	(cd "$T" && $CC -g -O1 -Wl,--build-id="0x$2" -o "$1" w.c) || exit 1
}
