#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Each executable and library of this machine: our look-ups find its module, its
# headers and rules at the starts of its functions (tests/preload/stack/scan.c).
. tests/lib.sh
flags="-std=c11 -O2 -g -I. -D_GNU_SOURCE -Wall -Wextra -Werror"
$CC $flags -o "$T/scan" tests/preload/stack/scan.c tests/preload/stack/harness.c \
	"$B"/tracer/preload/{base,segment,unwind,referee}/*.o -lpthread || fail "not built"
find /usr/bin /usr/sbin /usr/lib /usr/libexec -xdev -type f 2>/dev/null | "$T/scan" || exit 1
exit 0
