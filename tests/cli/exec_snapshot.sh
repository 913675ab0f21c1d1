#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A snapshot that was taken before an exec stays in the list, live and in the recording,
# with the figures of the program that took it.
. tests/lib.sh

cat >"$T/w.c" <<'END'
#include <memtop.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	void *volatile kept = malloc(argc > 1 ? 3000 : 123456);
	if (memtop_snapshot(argc > 1 ? "after" : "before"))
		return 1;
	if (argc == 1)
		execl(argv[0], argv[0], "again", (char *)NULL);
	return kept == NULL;
}
END
$CC -g -O1 -Wall -Werror -I share/include -o "$T/w" "$T/w.c" || fail "no worker"
printf '%s\n' 'wait exit' 'wait settled' 9 'wait settled' ':save-screen -' >"$T/keys"

snapshots_are_listed() {
	expect 0 "$@"
	grep -q '^ *1 .* before *$' "$T/out" || fail "the snapshot before the exec is gone"
	grep -q '^ *2 .* after *$' "$T/out" || fail "the snapshot after it is not there"
}
snapshots_are_listed "$MEMTOP" --play="$T/keys" -o "$T/w.memtop" "$T/w"
snapshots_are_listed "$MEMTOP" open --play="$T/keys" "$T/w.memtop"
expect 0 "$MEMTOP" report "$T/w.memtop@before"
printed "$T/w.c:6"
printed ' 121 KiB '

# A snapshot that a child takes is of it alone; who asks the others for it is told so.
expect 0 "$MEMTOP" record --quiet -o "$T/c.memtop" sh -c '"$0" again; true' "$T/w"
for process in main all; do
	refused 2 'is of another process alone; try --process=' "$MEMTOP" report \
		--process=$process "$T/c.memtop@after"
done
pid=$(sed -n 's/.*--process=//p' "$T/err")
expect 0 "$MEMTOP" report --process="$pid" "$T/c.memtop@after"
printed "$T/w.c:6"
refused 2 'no moment "before"' "$MEMTOP" report "$T/c.memtop@before"
exit 0
