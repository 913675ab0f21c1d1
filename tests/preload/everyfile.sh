#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Each executable and library of this machine: our look-ups find its module, its
# headers and rules at the starts of its functions (tests/preload/stack/scan.c).
. tests/lib.sh
flags="-std=c11 -O2 -g -I. -D_GNU_SOURCE -Wall -Wextra -Werror"
objects=
for file in sys cold known table blob cfi cfi_row bounds headers maps module intern rules unwind step last referee; do
	objects="$objects $(echo "$B"/tracer/preload/*/$file.o)"
done
"$CC" $flags -o "$T/scan" tests/preload/stack/scan.c tests/preload/stack/harness.c $objects \
	-lpthread || fail "not built"
find /usr/bin /usr/sbin /usr/lib /usr/libexec -xdev -type f 2>/dev/null | "$T/scan" || exit 1
exit 0
