#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# memtop export, end to end: every format of one recording has the same sums,
# Pythons load the pickle, nothing is overwritten or left half written.
. tests/lib.sh

cat >"$T/w.c" <<'C'
#include <stdlib.h>
void *keep[100];
__attribute__((noinline)) void fill(void)
{
	for (int i = 0; i < 90; i++)
		keep[i] = malloc(1000);
}
__attribute__((noinline)) void churn(void)
{
	free(malloc(50000));
	keep[99] = malloc(7);
}
int main(void) { fill(); churn(); return 0; }
C
$CC -g -O1 -fno-builtin -o "$T/w" "$T/w.c" || fail "no compiler"
expect 0 "$MEMTOP" record --quiet -o "$T/w.memtop" "$T/w"
memtop_export() {
	"$MEMTOP" export "$@" "$T/w.memtop"
}

# The formats are those of the table, each tells its suffix and knows it again.
expect 0 "$MEMTOP" export --format=help
formats=$(awk '{ print $1 ":" $2 }' "$T/out")
for format in $(sed -n '/^\.SH FORMATS/,$s/^\.BR* .*"*(\.\([a-z.]*\)).*/\1/p' share/man/memtop-export.1); do
	echo "$formats" | grep -qF ":.$format" || fail "memtop-export.1 has .$format, memtop has not"
done
for format in $formats; do
	expect 0 memtop_export --format="${format%:*}" -o "$T/a${format#*:}"
	[ -s "$T/a${format#*:}" ] || fail "${format%:*} is empty"
	expect 0 memtop_export -o "$T/b${format#*:}"
	cmp -s "$T/a${format#*:}" "$T/b${format#*:}" || fail "${format#*:} means another format"
	expect 0 memtop_export --format="${format%:*}" -o -
	cmp -s "$T/a${format#*:}" "$T/out" || fail "${format%:*} on standard output"
	grep -q "^\.B[R]* .*\b${format%:*}\b" share/man/memtop-export.1 ||
		fail "memtop-export.1 has no $format"
done
expect 0 "$MEMTOP" report --json "$T/w.memtop"
cmp -s "$T/out" "$T/a.json" || fail "json is not report's"

# Sums.
is "d['traced']['current'], d['traced']['blocks']" "(90007, 91)"
folded() {
	expect 0 memtop_export --format=folded "$@"
	awk '{ sum += $NF } END { print sum + 0 }' "$T/out"
}
[ "$(folded)" = 90007 ] || fail "folded: bytes"
grep -q ';main (w.c:13);fill (w.c:6) 90000$' "$T/a.folded" || fail "folded: $(cat "$T/a.folded")"
[ "$(folded --sort=count)" = 91 ] || fail "folded: blocks"
[ "$(folded --sort=total)" = 140007 ] || fail "folded: total"
[ "$(folded '--filter=function = churn')" = 7 ] || fail "folded: filter"
[ "$(folded --limit=1)" = 90000 ] || fail "folded: limit"
expect 0 "$MEMTOP" export --format=folded "$T/w.memtop@peak"
awk '{ sum += $NF } END { exit sum < 140000 }' "$T/out" || fail "folded: the peak"
python3 - "$T/a.svg" "$T/a.speedscope.json" <<'P' || fail "svg or speedscope"
import json, sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.get("data-total") == "90007", root.attrib
assert "fill (w.c:6)" in "".join(root.itertext())
document = json.load(open(sys.argv[2]))
assert {p["name"]: p["endValue"] for p in document["profiles"]} == {
    "bytes held": 90007, "blocks held": 91, "bytes ever allocated": 140007,
    "allocations": 92, "temporary allocations": 1}, document["profiles"]
P
if command -v node >/dev/null; then
	sed -n '/<script>/,/<\/script>/p' "$T/a.svg" | sed '1d;$d' >"$T/script.js"
	node --check "$T/script.js" || fail "the script of the flame graph"
fi
if command -v protoc >/dev/null; then
	gzip -dc <"$T/a.pb.gz" | protoc --decode=profiles.Profile -Itests/views \
		tests/views/profile.proto >"$T/profile" || fail "pprof"
	awk '/^sample {/ { inside = 1 } /^}/ { inside = n = 0 }
		inside && /value:/ { sum[n++] += $2 }
		END { exit !(sum[0] == 91 && sum[1] == 90007 && sum[2] == 92 && sum[3] == 140007) }' \
		"$T/profile" || fail "pprof: sums"
	awk '/^mapping {/ { inside = 1 } inside && /filename:/ { first = $2; exit }
		/^string_table:/ { exit } END { print first }' "$T/profile" >"$T/first"
	names=$(grep '^string_table:' "$T/profile" | sed -n "$(($(cat "$T/first") + 1))p")
	[ "$names" = 'string_table: "w"' ] || fail "pprof: the first mapping is $names"
fi
for python in python3 ~/.pyenv/versions/*/bin/python3; do
	"$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || continue
	"$python" - "$T/a.pickle" <<'P' || fail "$("$python" --version): the pickle"
import sys, tracemalloc
s = tracemalloc.Snapshot.load(sys.argv[1])
first = s.statistics("lineno")[0]
assert (first.size, first.count) == (90000, 90) and str(first.traceback).endswith("w.c:6"), first
assert sum(t.size for t in s.traces) == 90007 and {t.domain for t in s.traces} == {1}
assert not s.filter_traces([tracemalloc.Filter(False, "*/w.c")]).traces
assert [x.size_diff for x in s.compare_to(s, "traceback")] == [0, 0]
assert s.traceback_limit == 64
P
done

# What can't be.
refused 2 'flamegraph shows whole stacks' memtop_export --format=flamegraph --by=filename
refused 2 'flamegraph shows whole stacks' memtop_export --format=flamegraph --cumulative
refused 2 'weighs stacks by' memtop_export --format=pprof --sort=average
refused 2 '--format=png: expected a format' memtop_export --format=png
refused 2 'needs --format' memtop_export -o "$T/x.unknown"
refused 2 'the recording itself' memtop_export --force --format=csv -o "$T/w.memtop"
cp "$T/a.svg" "$T/before"
refused 125 'exists already' memtop_export --format=csv -o "$T/a.svg"
cmp -s "$T/a.svg" "$T/before" || fail "an existing file was touched"
expect 0 memtop_export --format=csv --force -o "$T/a.svg"
grep -q '^key,size' "$T/a.svg" || fail "--force"
refused 125 "$T/no/a.svg" memtop_export -o "$T/no/a.svg"
refused 125 'No space left' memtop_export --format=flamegraph -o /dev/full
"$MEMTOP" export --format=json "$T/w.memtop" >/dev/full 2>"$T/err"
[ $? = 125 ] || fail "a full disk"
said 'standard output: No space left'
(ulimit -f 1; trap '' XFSZ; refused 125 'File too large' memtop_export --format=flamegraph \
	-o "$T/cut.svg") || exit 1
[ ! -e "$T/cut.svg" ] || fail "half a file was left"

# The screens write the same formats.
printf '%s\n' ":export folded $T/s.folded" ":export tracemalloc $T/s.pickle" \
	":export csv $T/s.csv" ":export nothing $T/none" >"$T/keys"
run "$MEMTOP" open --play="$T/keys" --size=80x24 "$T/w.memtop"
[ $status = 1 ] || fail "an unknown format is no error"
said "$("$MEMTOP" help export | awk '/^$/ { on = 0 } on { printf "%s%s", n++ ? ", " : "", $1 }
	/^Formats:/ { on = 1 }')"
cmp -s "$T/s.folded" "$T/a.folded" || fail "the screen's folded stacks differ"
cmp -s "$T/s.pickle" "$T/a.pickle" || fail "the screen's pickle differs"
cmp -s "$T/s.csv" "$T/a.csv" || fail "the screen's rows differ"
exit 0
