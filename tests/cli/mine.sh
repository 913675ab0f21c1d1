#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --mine: what libraries allocate counts for the line of the program's own that called
# them, in every command; a folder given is the only one.
. tests/lib.sh

mkdir -p "$T/app/src" "$T/zip" "$T/py"
cat >"$T/zip/zip.c" <<'C'
#include <stdlib.h>
void *zip_make(size_t n) { return malloc(n); }
C
cat >"$T/app/src/main.c" <<'C'
#include <stdlib.h>
void *zip_make(size_t n);
static void *volatile kept;
static void work(void)
{
	kept = zip_make(1000);
	free(zip_make(4000));
}
int main(void) { work(); return 0; }
C
$CC -g -shared -fPIC -o "$T/zip/libzip.so" "$T/zip/zip.c" || fail "the library does not compile"
$CC -g -o "$T/app/app" "$T/app/src/main.c" -L"$T/zip" -lzip -Wl,-rpath,"$T/zip" ||
	fail "the program does not compile"

expect 0 "$MEMTOP" record --mine -o "$T/a.memtop" "$T/app/app"
said "at $T/app/src/main.c:7, 1000 B in 1 block at $T/app/src/main.c:6"
expect 0 "$MEMTOP" report --json "$T/a.memtop"
is "[(r['key'], r['size']) for r in d['statistics']]" "[('$T/zip/zip.c:2', 1000)]"
is "'mine' in d" False
expect 0 "$MEMTOP" report --json --mine "$T/a.memtop"
is "[(r['key'], r['size'], r['total']) for r in d['statistics']]" \
	"[('$T/app/src/main.c:6', 1000, 1000), ('$T/app/src/main.c:7', 0, 4000)]"
is "d['mine']" "['$T/app']"
expect 0 "$MEMTOP" report --mine "$T/a.memtop"
printed "rows are named by your own code, in $T/app"
expect 0 "$MEMTOP" report --json "--mine=$T/app/../zip" "$T/a.memtop"
is "[(r['key'], r['size']) for r in d['statistics']]" "[('$T/zip/zip.c:2', 1000)]"
is "d['mine']" "['$T/zip']"
expect 0 "$MEMTOP" diff --json --mine "$T/a.memtop@peak" "$T/a.memtop"
is "sorted((r['key'], r['size_diff']) for r in d['statistics'])" \
	"[('$T/app/src/main.c:6', 0), ('$T/app/src/main.c:7', -4000)]"
expect 0 "$MEMTOP" export --mine --format=csv "$T/a.memtop"
printed "$T/app/src/main.c:6,1000"
expect 99 "$MEMTOP" check --mine --max-exit=0 "$T/app/app"
said "$T/app/src/main.c:6"
expect 99 "$MEMTOP" check --mine '--ceiling=file = zip.c: exit < 1' "$T/app/app"
expect 0 "$MEMTOP" report "--mine=$T/nope" "$T/a.memtop"
printed "rows are named by your own code, in $T/nope: no stack has code there"
printed "$T/zip/zip.c:2"
refused 2 "expected a folder" "$MEMTOP" report --mine= "$T/a.memtop"
printf 'wait settled\n:mine %s/nope\nwait settled\n:save-screen -\n:at 99h\nwait settled\n:save-screen -\n' "$T" >"$T/keys"
expect 0 "$MEMTOP" open "--play=$T/keys" --size=200x24 "$T/a.memtop"
printed "no stack has code in $T/nope: rows are named as without it"
printed "the run ended at 00:00:0"
printed ": this is its last tick"
printf 'wait settled\nM\nwait settled\n:save-screen -\n' >"$T/keys"
expect 0 "$MEMTOP" open "--play=$T/keys" --size=120x24 "$T/a.memtop"
printed main.c:6
printed '[MINE]'

# What libstdc++ takes at every program's start has a name, in the library and linked in.
printf 'int main() { try { throw 1; } catch (int) { } return 0; }\n' >"$T/app/empty.cc"
for how in -shared-libgcc -static-libstdc++; do
	${CXX:-g++} $how -o "$T/app/empty" "$T/app/empty.cc" || skip "$how does not link"
	expect 0 "$MEMTOP" record --quiet --force -o "$T/e.memtop" "$T/app/empty"
	expect 0 "$MEMTOP" report "$T/e.memtop@peak"
	[ "$(grep -c 'emergency pool for exceptions, made at start-up' "$T/out")" = 1 ] ||
		fail "libstdc++'s pool has no name"
done

# A script, with json and a package beside it in the folder of an environment.
mkdir -p "$T/py/env/lib/python3.11/site-packages"
cat >"$T/py/env/lib/python3.11/site-packages/pack.py" <<'PY'
def make(n):
    return bytes(n)
PY
cat >"$T/py/script.py" <<'PY'
import json, sys
sys.path.insert(0, sys.path[0] + "/env/lib/python3.11/site-packages")
import pack
text = json.dumps(["abc"] * 20000)
more = pack.make(300000)
PY
python=$(python3 -c 'import sys; print(sys.executable)') || skip "there is no python3"
expect 0 "$MEMTOP" record --quiet --python=only -o "$T/p.memtop" "$python" -S "$T/py/script.py"
expect 0 "$MEMTOP" report --json --mine --filter='file = script.py and line > 3' "$T/p.memtop"
is "[(r['key'], r['size'] // 10000) for r in d['statistics'][:2]]" \
	"[('$T/py/script.py:5', 30), ('$T/py/script.py:4', 14)]"
expect 0 "$MEMTOP" record --quiet --python=only -o "$T/c.memtop" "$python" -S -c 'import json
text = json.dumps(["abc"] * 20000)'
expect 0 "$MEMTOP" report --json --mine --filter='file = "<string>" and line = 2' "$T/c.memtop"
is "[(r['key'], r['size'] // 10000) for r in d['statistics']]" "[('<string>:2', 14)]"
exit 0
