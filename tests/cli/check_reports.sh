#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# check's verdict for CI: JUnit's XML, which a schema and a parser read, and Markdown, all in
# one run, for runs that pass, fail, are killed, and never begin.
. tests/lib.sh
report=$B/examples/build_report

# counts WANT: tests, failures, errors, skipped and the names of the elements beneath tests.
counts() {
	if command -v xmllint >/dev/null 2>&1; then
		xmllint --noout --schema tests/cli/junit.xsd "$T/v.xml" 2>"$T/err" ||
			fail "not as the schema says"
	fi
	got=$(python3 - "$T/v.xml" <<'END'
import sys
import xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
cases = suite.findall("testcase")
counted = [len(cases)] + [sum(case.find(kind) is not None for case in cases)
                          for kind in ("failure", "error", "skipped")]
assert counted == [int(suite.get(word)) for word in
                   ("tests", "failures", "errors", "skipped")], counted
print(*counted, *(child.tag for case in cases for child in case))
END
	) || fail "XML's counts"
	[ "$got" = "$1" ] || fail "the XML has $got, not $1"
}
check() {
	want=$1
	shift
	rm -f "$T"/v.*
	expect "$want" "$MEMTOP" check --report="$T/v.xml" --report="$T/v.md" \
		--report="$T/v.json" "$@"
	cp "$T/v.json" "$T/out"
}

check 0 --max-peak=5M -- "$report"
counts '3 0 0 0'
is "d['check']" passed
grep -q '^### :white_check_mark: memtop check passed: ' "$T/v.md" || fail "no heading"
grep -q '^| `--max-peak=5M` | 5120 KiB | 2031 KiB | :white_check_mark: ok |$' "$T/v.md" ||
	fail "no row"

check 99 --max-peak=5M --max-exit=0 '--ceiling=file ~ "<|`&": peak < 1' -- "$report" 20000
counts '5 1 0 0 failure'
is "d['check']" failed
grep -q '<failure type="limit" message="peak 19.8 MiB; allowed: at most 5120 KiB">BROKEN$' \
	"$T/v.xml" || fail "no figure in the XML"
grep -q '19.5 MiB, 20 000 blocks at .*build_report.c:[0-9]* in make_row$' "$T/v.xml" ||
	fail "no line in the XML"
grep -q '19.5 MiB, 20 000 blocks at .*build_report.c:[0-9]* in make_row$' "$T/v.md" ||
	fail "no line in the Markdown"
grep -qF '| `` file ~ "<\|`&": peak < 1 `` |' "$T/v.md" || fail "a name is markup"

check 3 --max-peak=5M -- sh -c 'exit 3'
counts '3 1 0 0 failure'
check 137 -- sh -c 'kill -9 $$'
counts '2 1 0 0 failure'
check 127 --max-peak=5M -- "$T/none"
counts '2 1 1 0 failure error'
grep -q 'was not started$' "$T/v.md" || fail "the Markdown of a program that is not there"

# A file that is named twice is written once; one that cannot be is told before the run.
expect 0 "$MEMTOP" check --report="$T/v.xml" --report="$T/v.xml" -- true
counts '2 0 0 0'
refused 125 "cannot write --report=$T/none/v.xml: No such file" "$MEMTOP" check \
	--report="$T/v.md" --report="$T/none/v.xml" -- touch "$T/ran"
[ ! -e "$T/ran" ] || fail "the program ran"
refused 2 '--report: at most 8 of them' "$MEMTOP" check --report=1 --report=2 --report=3 \
	--report=4 --report=5 --report=6 --report=7 --report=8 --report=9 -- true
exit 0
