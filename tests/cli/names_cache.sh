#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Names out of the cache of earlier runs are those that debug info gives, for programs of
# each kind; a cache that is damaged, closed, or somebody else's changes none.
. tests/lib.sh

cat >"$T/inlines.c" <<'END'
#include <stdlib.h>
static inline __attribute__((always_inline)) void *inner(size_t n) { return malloc(n); }
static inline __attribute__((always_inline)) void *middle(size_t n) { return inner(n + 1); }
__attribute__((noinline)) void *outer(size_t n) { return middle(n * 2); }
int main(void)
{
	char *p = outer(100);
	p[0] = 1;
	return outer(200) == NULL;
}
END
cat >"$T/plus.cc" <<'END'
#include <map>
#include <string>
#include <vector>
namespace app { struct Box { std::map<int, std::string> m; void fill(); }; }
void app::Box::fill() { for (int i = 0; i < 9; i++) m[i] = std::string(100 + i, 'x'); }
int main() { auto *b = new app::Box; b->fill(); return b->m.size() != 9; }
END
cd "$T" || exit 1
$CC -g -O1 -Wl,--build-id -o inlines inlines.c
$CC -O1 -Wl,--build-id -o plain inlines.c
$CC -O1 -Wl,--build-id=none -g -o nameless inlines.c
cp inlines separate && objcopy --only-keep-debug separate separate.debug &&
	strip separate && objcopy --add-gnu-debuglink=separate.debug separate
cp inlines stripped && strip stripped
programs='./inlines ./plain ./nameless ./separate ./stripped /bin/ls /usr/bin/python3_-c_pass'
if c++ -g -O1 -Wl,--build-id -o plus plus.cc 2>/dev/null; then
	programs="$programs ./plus"
fi

# names FILE: of each site of a module with its frames, and why names are missing.
names() {
	sqlite3 "$1" "SELECT m.path, s.offset, p.position, f.function, f.file, f.line, f.lang,
		f.inlined, f.wrapper, f.unresolved FROM site s JOIN module m ON m.id = s.module
		JOIN site_frame p ON p.site = s.id JOIN frame f ON f.id = p.frame
		WHERE m.path LIKE '/%' ORDER BY 1, 2, 3;
		SELECT path, reason FROM module WHERE path LIKE '/%' ORDER BY 1"
}
# recorded PROGRAM(_ for spaces): its names, in $T/names.
recorded() {
	expect 0 "$MEMTOP" record --quiet --force -o r.memtop -- $(echo "$1" | tr _ ' ')
	names r.memtop >names
}
command -v sqlite3 >/dev/null || skip "no sqlite3 here"

for program in $programs; do
	export MEMTOP_NO_CACHE=1
	recorded "$program"
	cp names wanted
	unset MEMTOP_NO_CACHE
	for round in 1 2 3; do
		recorded "$program"
		cmp -s names wanted || fail "run $round of $program: $(diff wanted names | head)"
	done
done
[ -n "$(ls .cache/memtop)" ] || fail "nothing was kept"

# Debug info that goes and comes changes the names, and the reason, at once.
recorded ./separate
grep -q '|inner|' names || fail "no inlines out of separate.debug"
mv separate.debug elsewhere
recorded ./separate
grep -q '|inner|' names && fail "inlines out of a file that is gone"
mv elsewhere separate.debug
recorded ./separate
grep -q '|inner|' names || fail "separate.debug came back and was not seen"

# A damaged, a closed, a foreign cache: the same names.
cp names wanted
for file in .cache/memtop/*; do
	printf '\1' | dd of="$file" bs=1 seek=70 conv=notrunc status=none
done
recorded ./separate
cmp -s names wanted || fail "a damaged cache gave other names"
chmod 500 .cache/memtop
recorded ./separate
cmp -s names wanted || fail "a closed cache gave other names"
chmod 777 .cache/memtop
before=$(ls -l .cache/memtop)
recorded ./separate
cmp -s names wanted || fail "a cache open to all gave other names"
[ "$before" = "$(ls -l .cache/memtop)" ] || fail "a cache that is open to all was used"
(unset HOME XDG_CACHE_HOME; recorded ./separate; cmp -s names wanted) ||
	fail "without HOME other names"
# Runs side by side.
chmod 700 .cache/memtop
rm -f .cache/memtop/*
for i in 1 2 3 4; do
	"$MEMTOP" record --quiet --force -o "r$i.memtop" -- ./separate 2>>err &
done
wait
for i in 1 2 3 4; do
	names "r$i.memtop" >names
	cmp -s names wanted || fail "side by side gave other names"
done
