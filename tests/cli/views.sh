#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Views of real recordings: the tree in its formats, moments of one and of two
# files, matched by names over two builds, and the direction in words.
. tests/lib.sh

cp share/examples/worker.c "$T/worker.c"
$CC -std=c11 -D_GNU_SOURCE -g -O1 -I. -o "$T/one" "$T/worker.c" || fail "build"
$CC -std=c11 -D_GNU_SOURCE -g -O0 -I. -DANOTHER_BUILD -o "$T/two" "$T/worker.c" || fail "build"
expect 0 "$MEMTOP" record --quiet -o "$T/a.memtop" "$T/one" 300
expect 0 "$MEMTOP" record --quiet -o "$T/b.memtop" "$T/two" 600

# The tree: children within their parents, in every format the same rows.
expect 0 "$MEMTOP" report --by=tree "$T/a.memtop"
grep -q '^callers first: ' "$T/out" || fail "the tree does not say what it is"
grep -q '├─ .*worker.c:.*  main' "$T/out" || fail "no branch"
rows=$(grep -c 'worker.c\|libc' "$T/out")
expect 0 "$MEMTOP" report --by=tree --csv "$T/a.memtop"
[ "$(wc -l <"$T/out")" -gt "$rows" ] || fail "CSV has fewer rows"
for more in '' --inverted --raw --frames=3 --tracemalloc-compat --limit=5 --sort=count; do
	# shellcheck disable=SC2086
	expect 0 "$MEMTOP" report --by=tree --json $more "$T/a.memtop"
	python3 - "$T/out" <<-'END' || fail "the tree as JSON $more"
	import json, sys
	report = json.load(open(sys.argv[1]))
	assert report["by"] == "tree" and report["cumulative"] and "statistics" not in report
	def check(row):
	    for key in ("size", "count", "total", "allocations", "temporary"):
	        assert sum(child[key] for child in row["children"]) <= row[key], key
	    assert len(row["traceback"]) == 1
	    for child in row["children"]:
	        check(child)
	for row in report["tree"]:
	    check(row)
	assert sum(row["size"] for row in report["tree"]) == report["traced"]["current"]
	END
done
refused 2 'has no tree' "$MEMTOP" report --by=tree --format=tracemalloc "$T/a.memtop"

# Two builds: lines match by name.
expect 0 "$MEMTOP" diff --json "$T/a.memtop@peak" "$T/b.memtop@exit"
python3 - "$T/out" <<'END' || fail "a diff of two builds"
import json, sys
diff = json.load(open(sys.argv[1]))
assert diff["old"]["moment"]["name"] == "peak" and diff["new"]["moment"]["name"] == "exit"
rows = {row["traceback"][0]["function"]: row for row in diff["statistics"]
        if row["key"].endswith("worker.c:65")}
assert rows["warm_up"]["size_diff"] == 0 and rows["warm_up"]["old_size"] == 64 * 16384
leak = [row for row in diff["statistics"] if row["key"].endswith("worker.c:74")]
assert len(leak) == 1 and leak[0]["count_diff"] == 300
assert all("rate" not in row for row in diff["statistics"])
END
expect 0 "$MEMTOP" diff "$T/a.memtop@peak" "$T/b.memtop@exit" --filter=cache_store --limit=1
grep -q 'new minus old: exit (.*) minus peak (' "$T/out" || fail "the direction is not told"
expect 0 "$MEMTOP" diff --by=tree --limit=3 "$T/a.memtop" "$T/b.memtop"
grep -q 'new minus old' "$T/out" || fail "the direction is not told"
grep -q '^new: .*/b.memtop of .*two 600; old: .*/a.memtop of .*one 300' "$T/out" ||
	fail "the files are not told"
expect 0 "$MEMTOP" diff "$T/b.memtop@warm" "$T/b.memtop@exit"
grep -q '^new: ' "$T/out" && fail "one file is told as two"

# Lines may have moved from one build to the next, functions keep their names.
for build in one two; do
	mkdir "$T/$build.d"
	cp "$T/$build" "$T/$build.d/worker"
	expect 0 "$MEMTOP" record --quiet -o "$T/$build.memtop" "$T/$build.d/worker" 300
done
expect 0 "$MEMTOP" diff "$T/one.memtop" "$T/two.memtop"
printed 'worker is not the same build in both: a line that moved is two rows here'
expect 0 "$MEMTOP" diff --by=function "$T/one.memtop" "$T/two.memtop"
grep 'same build' "$T/out" && fail "functions are said not to match"
expect 0 "$MEMTOP" diff "$T/a.memtop" "$T/one.memtop"
grep 'same build' "$T/out" && fail "one build is said to be two"

# A column that a view has not is refused, and not left out in silence.
refused 2 'a diff of two moments of one run' "$MEMTOP" report --sort=rate "$T/a.memtop"
refused 2 'a diff of two moments of one run' "$MEMTOP" diff --sort=rate "$T/a.memtop" "$T/b.memtop"
refused 2 'a column of --by=tree' "$MEMTOP" report --sort=share "$T/a.memtop"
refused 2 'a column of sampled runs' "$MEMTOP" report --sort=error "$T/a.memtop"
expect 0 "$MEMTOP" report --by=tree --sort=share "$T/a.memtop"
expect 0 "$MEMTOP" diff --sort=rate "$T/b.memtop@warm" "$T/b.memtop@exit"

# Two moments of one run lie in time: bytes a second.
expect 0 "$MEMTOP" diff --json "$T/b.memtop@warm" "$T/b.memtop@exit"
python3 - "$T/out" <<'END' || fail "bytes a second"
import json, sys
diff = json.load(open(sys.argv[1]))
seconds = diff["new"]["moment"]["time"] - diff["old"]["moment"]["time"]
row = diff["statistics"][0]
assert abs(row["rate"] * seconds - row["size_diff"]) < 1e-3 * row["size_diff"]
END

expect 0 "$MEMTOP" report --sort=help
grep -q '^share ' "$T/out" || fail "the tree's column is not listed"
exit 0
