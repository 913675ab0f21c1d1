#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Children that memtop cannot follow never let a check pass: each is named with its
# reason in the verdict, its JSON, a recording and its report.
. tests/lib.sh
worker=$B/tests/workers/unseen

cat >"$T/big.c" <<'END'
#include <stdlib.h>
#include <string.h>
int main(void) { char *p = malloc(30 << 20); return !p || !memset(p, 1, 30 << 20); }
END
echo '#include <stdlib.h>
void *malloc(size_t size) { (void)size; return NULL; }
int main(void) { return 0; }' >"$T/own.c"
$CC -O1 -o "$T/big" "$T/big.c" && $CC -O1 -fno-builtin -rdynamic -o "$T/own" "$T/own.c" || exit 1
static=
$CC -static -O1 -o "$T/static" "$T/big.c" 2>/dev/null && static=1

# check_one STATUS TEXT COUNT COMMAND...: the verdict of a limit of 10 MiB, and so many
# processes that were not followed.
check_one() {
	want=$1 text=$2 count=$3
	shift 3
	expect "$want" "$MEMTOP" check --max-peak=10M --report="$T/v.json" -- "$@" </dev/null
	said "$text"
	[ "$(json "$T/v.json" 'len(d["unfollowed"])')" = "$count" ] ||
		fail "$*: $(json "$T/v.json" 'd["unfollowed"]')"
}

check_one 99 'BROKEN' 0 "$worker" none
check_one 125 'it could not reach memtop: it had no free file descriptor' 1 "$worker" nofile
said "not followed: pid "
said ", $worker: "
said '1 process could not be traced'
[ "$(json "$T/v.json" '(d["check"], d["doubt"])')" = \
	"('unknown', '1 process could not be traced')" ] || fail "$(cat "$T/v.json")"
cp "$T/v.json" "$T/out"
is 'd["unfollowed"][0]["ppid"] == d["program"]["pid"]' True
is 'd["unfollowed"][0]["program"] == d["program"]["argv"][0]' True
run "$MEMTOP" check --max-peak=10M --allow-loss -- "$worker" nofile
[ "$status" = 0 ] || fail "--allow-loss: $status"
run "$MEMTOP" check -- "$worker" nofile
[ "$status" = 0 ] || fail "without a limit: $status"
said 'no free file descriptor'

# As another user, or in another root.
if [ "$(id -u)" = 0 ]; then
	mkdir "$T/root"
	check_one 125 "as another user it has no access to memtop's folder" 1 "$worker" uid
	check_one 125 'a chroot, or another /tmp' 1 "$worker" chroot "$T/root"
else
	echo "not root: setresuid and chroot were not tried"
fi

# Started by libc in each way; followed where it can be, named where it can't.
for how in spawn vfork clone clone-vm system popen; do
	check_one 99 'BROKEN' 0 "$worker" $how "$T/big"
	[ -z "$static" ] && continue
	check_one 125 "$T/static: statically linked" $([ $how = spawn ] && echo 2 || echo 1) \
		"$worker" $how "$T/static"
done
check_one 125 '/bin/sh: started with an environment that does not load memtop' 1 \
	"$worker" cleared "$T/big"
check_one 125 'own: it defines malloc itself' 1 sh -c "$T/own; true"
[ -z "$static" ] || {
	check_one 125 'static: statically linked' 1 sh -c "$T/static; true"
	check_one 125 'static: statically linked' 1 python3 -c \
		"import subprocess; subprocess.run(['$T/static'])"
	check_one 125 'started by a system call and not by libc' 1 "$worker" behind "$T/static"
	# The first process itself is another doubt.
	check_one 125 "the program became one that can't be traced" 1 sh -c "exec $T/static"
	said "$T/static: statically linked"
	run "$MEMTOP" check --max-peak=10M --follow=exec -- sh -c "$T/static; true"
	[ "$status" = 0 ] || fail "--follow=exec: $status"
}

# The target's failure first, then a broken limit, then 125.
[ -z "$static" ] || {
	check_one 3 'statically linked' 1 sh -c "$T/static; exit 3"
	check_one 99 'BROKEN' 1 sh -c "$T/static; $T/big"
	said 'statically linked'
}

# A daemon that outlives the first process: it ends when the pipe is closed.
for how in outlives silent; do
	mkfifo "$T/hold"
	exec 7<>"$T/hold"
	run "$MEMTOP" check --max-peak=10M -- "$worker" $how <"$T/hold" 7>&-
	exec 7>&-
	rm "$T/hold"
	[ "$status" = 125 ] || fail "$how: $status"
	said "outlived the first process"
	said "start it in the foreground, as in: nginx -g 'daemon off;'"
done

# In a recording, its report and its last lines.
run "$MEMTOP" record -o "$T/r.memtop" "$worker" nofile
said 'memtop: not followed: pid '
run "$MEMTOP" report "$T/r.memtop"
printed 'not followed: pid '
printed 'no free file descriptor'
run "$MEMTOP" report --json "$T/r.memtop"
is 'd["unfollowed"][0]["reason"]' 'it could not reach memtop: it had no free file descriptor'
is 'len(d["processes"])' 2
# Older formats had no reasons.
python3 - "$T/r.memtop" "$T/old.memtop" <<'END'
import shutil, sqlite3, sys
shutil.copy(sys.argv[1], sys.argv[2])
file = sqlite3.connect(sys.argv[2])
file.execute("CREATE TABLE older AS SELECT id, pid, ppid, traced, began, ended FROM process")
file.execute("DROP TABLE process")
file.execute("ALTER TABLE older RENAME TO process")
for name in "trace", "stat":        # they were tables
    file.execute(f"CREATE TABLE older AS SELECT * FROM {name}")
    file.execute(f"DROP VIEW {name}")
    file.execute(f"ALTER TABLE older RENAME TO {name}")
file.execute("PRAGMA user_version = 2")
file.commit()
END
expect 0 "$MEMTOP" report --json "$T/old.memtop"
is 'd["unfollowed"], len(d["processes"])' '([], 2)'
printf '%s\n' P 'wait settled' ':save-screen -' >"$T/play"
run "$MEMTOP" open --play="$T/play" --size=170x30 "$T/r.memtop"
printed '[1 UNTRACED]'
printed '(it could not reach memtop: it had no free file descriptor)'
exit 0
