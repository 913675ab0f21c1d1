#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The examples of ceilings in tests: cmocka's always, Check's and Rust's where
# those are there; and memtop.h as C++.
. tests/lib.sh

# broken COMMAND...: one of its two ceilings breaks under memtop, none without.  In Rust, whose
# library is skipped, the rows' vector is of the same line.
broken() {
	expect "$ends" "$MEMTOP" check -- "$@"
	cat "$T/err" >>"$T/out"
	grep -qE 'peak 2[01]\.[0-9] MB exceeded the ceiling of 5\.2 MB' "$T/out" ||
		fail "no real peak: $*"
	grep -qE "(19\.5|20\.0) MiB at .*$source:[0-9]+ in .*build_report" "$T/out" || fail "no line: $*"
	expect 0 "$@"
}

source=test_cmocka.c ends=1
$CC -g -O1 -Wall -Wextra -Werror -I. -o "$T/cmocka" share/examples/$source -lcmocka ||
	fail "cmocka's example"
broken "$T/cmocka"
grep -q '  OK .* report_stays_under_5mb' "$T/err" "$T/out" || fail "2,000 rows broke the ceiling"

if pkg-config --exists check 2>/dev/null; then
	source=test_check.c
	$CC -g -O1 -Wall -Wextra -Werror -I. -o "$T/check" share/examples/$source \
		$(pkg-config --cflags --libs check) || fail "Check's example"
	broken "$T/check"
fi
if command -v rustc >/dev/null 2>&1; then
	source=ceiling.rs ends=101
	rustc -g -o "$T/rust" share/examples/$source 2>"$T/err" || fail "Rust's example"
	broken "$T/rust"
fi

echo '#include <memtop.h>
int main() { char text[9]; return memtop_is_tracing() ? memtop_ceiling(0, text, 9) : 2; }' >"$T/a.cc"
g++ -Wall -Wextra -Wconversion -Werror -Ishare/include -o "$T/cc" "$T/a.cc" -ldl || fail "memtop.h as C++"
expect 2 "$T/cc"
exit 0
