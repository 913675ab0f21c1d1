#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Ages against a program that knows when it allocated what, by a clock of its own.
. tests/lib.sh

cat >"$T/aged.c" <<'END'
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "memtop.h"

static void *volatile kept;
static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
static void pause_for(double time)
{
	for (double end = seconds() + time; seconds() < end;)
		poll(NULL, 0, 10);
}
static __attribute__((noinline)) double early(void) { kept = malloc(30000); return seconds(); }
static __attribute__((noinline)) double late(void) { kept = malloc(1000); return seconds(); }
static __attribute__((noinline)) double moved(void *old)
{
	kept = realloc(old, 700);
	return seconds();
}

int main(void)
{
	void *volatile gone = malloc(10), *volatile block = malloc(500);
	double early1 = early(), early2, late1, moved1, now;

	pause_for(2);
	early2 = early();
	free(gone);
	pause_for(2);
	late1 = late();
	moved1 = moved(block);
	pause_for(1);
	memtop_snapshot("asked");
	now = seconds();
	/* The mean age and that of the oldest, by function. */
	printf("early %f %f\nlate %f %f\nmoved %f %f\n", now - (early1 + early2) / 2, now - early1,
	       now - late1, now - late1, now - moved1, now - moved1);
	return 0;
}
END
$CC -std=c11 -D_GNU_SOURCE -g -I share/include -o "$T/aged" "$T/aged.c" || fail "no worker"

# A birth is known to the second; how far the reader lags behind on a busy machine is
# added to that.
near() {
	python3 - "$T/out" "$T/truth" <<'END' || fail "ages are not the program's"
import json, sys
rows = {r["traceback"][0]["function"]: r for r in json.load(open(sys.argv[1]))["statistics"]}
for line in open(sys.argv[2]):
    name, age, oldest = line.split()
    for what, true in (("age", float(age)), ("oldest", float(oldest))):
        assert abs(rows[name][what] - true) < 1.5, (name, what, rows[name][what], true)
assert rows["main"]["age"] is None and rows["main"]["oldest"] is None, rows["main"]
END
}

expect 0 "$MEMTOP" record --quiet -o "$T/a.memtop" "$T/aged"
cp "$T/out" "$T/truth"
expect 0 "$MEMTOP" report --by=function --json "$T/a.memtop@asked"
near
expect 0 "$MEMTOP" report --by=function --json "$T/a.memtop"
near
is "abs(d['oldest_at'] - d['moment']['time']) <= 1" True

# The oldest first, and only those that are asked for.
expect 0 "$MEMTOP" report --by=function --sort=oldest --limit=1 "$T/a.memtop"
grep -q ' [456]s  early ' "$T/out" || fail "the oldest is not the first"
refused 2 "expected a time such as 90s" "$MEMTOP" report --filter='age > 2500ms' "$T/a.memtop"
expect 0 "$MEMTOP" report --by=function --json --filter='oldest > 2.9s and size > 1K' "$T/a.memtop"
is "[r['traceback'][0]['function'] for r in d['statistics']]" "['early']"
expect 0 "$MEMTOP" report --by=function --csv --filter='function = main' "$T/a.memtop"
grep -q ',peak,.*age,oldest,' "$T/out" || fail "no ages in CSV"

# Nobody knows: a moment of the history, and a recording of an older memtop.
refused 2 "a moment of the history does not have it" "$MEMTOP" report --sort=age "$T/a.memtop@2s"
refused 2 "the filter asks for age, which a moment of the history does not have" \
	"$MEMTOP" report --filter='age > 1s' "$T/a.memtop@2s"
python3 - "$T/a.memtop" <<'END'
import sqlite3, sys
file = sqlite3.connect(sys.argv[1])
names = {r[1] for r in file.execute("PRAGMA table_info(stat)")}
assert {"born", "oldest"} <= names, names
assert file.execute("""SELECT count(*) FROM stat JOIN moment ON moment.id = moment
	WHERE size = 30000 AND time - born * 1.0 / size BETWEEN 2 AND 9""").fetchone()[0] > 0
file.executescript("DROP VIEW stat; DROP VIEW moment_stat")
for table, gone in ("figure", ("born", "oldest")), ("moment", ("walked",)):
	names = [r[1] for r in file.execute(f"PRAGMA table_info({table})") if r[1] not in gone]
	file.executescript(f"""CREATE TABLE fewer AS SELECT {", ".join(names)} FROM {table};
		DROP TABLE {table}; ALTER TABLE fewer RENAME TO {table}""")
END
expect 0 "$MEMTOP" report --json "$T/a.memtop"
is "{(r['age'], r['oldest']) for r in d['statistics']}, d['oldest_at']" "({(None, None)}, None)"
refused 2 "an older memtop recorded it" "$MEMTOP" report --sort=oldest "$T/a.memtop"
refused 2 "an older memtop recorded it" "$MEMTOP" report --filter='age > 1s' "$T/a.memtop"
exit 0
