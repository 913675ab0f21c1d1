#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A pipeline: every process is recorded, under its parent, and can be asked for
# by report, JSON and the screens; --follow leaves the others alone.
. tests/lib.sh

tree="$T/tree.memtop"
run "$MEMTOP" record -o "$tree" bash -c 'seq 2000 | sort -rn | wc -l; exit 3'
[ "$status" = 3 ] || fail "status $status"
printed 2000
said 'with 3 other processes'
words='import json, sys; d = json.load(sys.stdin); p = d["processes"]; main = p[0]["pid"]
assert all(q["ppid"] == main for q in p[1:]), p
assert sorted(q["argv"][0].split("/")[-1] for q in p[1:]) == ["seq", "sort", "wc"], p
print(d["process"], [q["pid"] for q in p if "sort" in q["argv"]][0])'
run bash -c "'$MEMTOP' report --json '$tree' | python3 -c '$words'"
[ "$status" = 0 ] || fail "status $status"
printed 'main '
pid=$(sed 's/main //' "$T/out")
run "$MEMTOP" report --json --process=all "$tree"
printed '"process": "all"'
run "$MEMTOP" report --json --process="$pid" "$tree@peak"
printed "\"process\": $pid"
expect 2 "$MEMTOP" report --process=x "$tree"
said "no process 'x' was traced: there are main, all, "
# A file of which only this process's figures were written: who has none is told apart from a
# moment that is not there.
cp "$tree" "$T/one.memtop"
python3 - "$T/one.memtop" "$pid" <<'END'
import sqlite3, sys
file = sqlite3.connect(sys.argv[1])
place = [row[0] for row in file.execute("SELECT pid FROM process ORDER BY rowid")].index(int(sys.argv[2]))
file.execute("DELETE FROM moment WHERE process != ?", (place + 1,))
file.commit()
END
expect 2 "$MEMTOP" report "$T/one.memtop"
said "nothing is recorded of that process in $T/one.memtop, which ends too early; try --process=$pid"
expect 2 "$MEMTOP" report --process=all "$T/one.memtop"
said "nothing is recorded of all processes together in $T/one.memtop, which ends too early"
expect 0 "$MEMTOP" report --process="$pid" "$T/one.memtop"

printf '%s\n' ':process all' 'wait settled' ':save-screen -' ":process $pid" 'wait settled' \
	':save-screen -' ':process main' 'wait settled' ':save-screen -' >"$T/play"
run "$MEMTOP" open --play="$T/play" --size=110x30 "$tree"
[ "$status" = 0 ] || fail "status $status"
printed '[ALL]'
printed "[PID $pid]"
printf '%s\n' ':process 1' >"$T/play"
run "$MEMTOP" open --play="$T/play" "$tree"
[ "$status" = 1 ] || fail "status $status"

run "$MEMTOP" record --follow=exec -o "$T/exec.memtop" bash -c 'seq 5 | sort; exec true'
[ "$status" = 0 ] || fail "status $status"
run "$MEMTOP" report --process=all --json "$T/exec.memtop"
printed '"traced": {'
run sqlite3 "$T/exec.memtop" 'SELECT sum(traced), count(*) FROM process'
[ "$status" = 127 ] || printed '1|'
exit 0
