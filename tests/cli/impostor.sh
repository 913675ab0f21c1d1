#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Run folders stand where everybody may make them.  Another user's, one of another
# mode, one behind a link: none is asked, cleared or followed, whatever it names;
# and what the right one says cannot steer a terminal.
. tests/lib.sh

# Where another user can go.
if [ "$(id -u)" = 0 ]; then
	rmdir "$T"
	T=$(mktemp -d /tmp/impostor.XXXXXX) || exit 1
	chmod 755 "$T"
fi
XDG_RUNTIME_DIR=$T/run
export XDG_RUNTIME_DIR
mkdir -m 700 "$XDG_RUNTIME_DIR"

# A memtop in name only: it listens in FOLDER, notes what it is sent and answers.
cat >"$T/impostor.py" <<'END'
import os, socket, sys
folder, notes, user = sys.argv[1], sys.argv[2], int(sys.argv[3])
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listener.bind(folder + "/ctl")
listener.listen()
print("listens", flush=True)
while True:
    caller, _ = listener.accept()
    said = caller.recv(9999)
    with open(notes, "ab") as file:
        file.write(said + b"\n")
    if said:
        caller.send(b"0\x1b]2;owned\x07\xc2\x9b31m\xe2\x80\xae" + b"A" * 2000)
    caller.close()
END
# A process that is there for as long as we are.
tail -f /dev/null &
mine=$!
others=
trap 'kill $mine $others 2>/dev/null; rm -rf "$T"' EXIT

# listen FOLDER NOTES USER: an impostor; its pid in $listener.
listen() {
	mkfifo "$T/fifo"
	python3 "$T/impostor.py" "$@" >"$T/fifo" &
	listener=$!
	others="$others $listener"
	read -r line <"$T/fifo"
	[ "$line" = listens ] || fail "the impostor does not listen"
	rm "$T/fifo"
}

# Our own folder is asked, and its answer made safe and short.
good=$XDG_RUNTIME_DIR/memtop.$mine.aaaaaa
mkdir -m 700 "$good"
listen "$good" "$T/own" 0
expect 0 "$MEMTOP" ctl $mine mark hello
[ "$(cat "$T/own")" = 'mark hello' ] || fail "our own memtop was not asked"
grep -qF '\x1b]2;owned\a\x9b31m\u202eAAA' "$T/out" || fail "the answer is not made visible"
LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177-\377]')" "$T/out" &&
	fail "control bytes went to the terminal"
[ "$(wc -c <"$T/out")" -lt 5000 ] || fail "an answer without end"

# Of another mode, or behind a link, it is not.
kill $listener
wait $listener 2>/dev/null
chmod 755 "$good"
refused 125 'belongs to no running memtop' "$MEMTOP" ctl $mine mark hello
mv "$good" "$T/elsewhere"
chmod 700 "$T/elsewhere"
ln -s "$T/elsewhere" "$good"
refused 125 'belongs to no running memtop' "$MEMTOP" ctl $mine mark hello

# What killed memtops left is cleared away: of before they listened too, unless they
# may be about to.  What only leads to a folder is left alone.
gone=$(sh -c 'echo $$')
ln -s "$T/elsewhere" "$XDG_RUNTIME_DIR/memtop.$gone.link"
touch "$T/elsewhere/target"
for name in empty met linked young; do
	mkdir -m 700 "$XDG_RUNTIME_DIR/memtop.$gone.$name"
done
touch "$XDG_RUNTIME_DIR/memtop.$gone.met/meet"
ln -s "$gone" "$XDG_RUNTIME_DIR/memtop.$gone.linked/target"
touch -d '1 hour ago' "$XDG_RUNTIME_DIR/memtop.$gone".empty "$XDG_RUNTIME_DIR/memtop.$gone".met \
	"$XDG_RUNTIME_DIR/memtop.$gone".linked
expect 0 "$MEMTOP" record --quiet -o "$T/r.memtop" /bin/true
for name in empty met linked; do
	[ ! -e "$XDG_RUNTIME_DIR/memtop.$gone.$name" ] || fail "$name is never swept"
done
[ -d "$XDG_RUNTIME_DIR/memtop.$gone.young" ] || fail "a run that begins was swept"
[ -e "$T/elsewhere/target" ] || fail "a link was followed"
rm -rf "$XDG_RUNTIME_DIR"/memtop.*

# No mask of the shell's takes rights away or gives some: not of the folder, not of
# the recording.
for mask in 0 777; do
	(
		umask $mask
		exec "$MEMTOP" record --quiet -o "$T/r$mask.memtop" -- sh -c 'stat -c %a "$1"/memtop.*' - \
			"$XDG_RUNTIME_DIR"
	) >"$T/out" 2>"$T/err" || fail "with umask $mask nothing can be recorded"
	[ "$(cat "$T/out")" = 700 ] || fail "with umask $mask the folder has another mode"
	[ "$(stat -c %a "$T/r$mask.memtop")" = 600 ] || fail "with umask $mask the recording has another mode"
done

[ "$(id -u)" = 0 ] || skip "not root: other users' folders were not tried"
nobody=65534

# Where another user could replace the folder none is made.
mkdir -m 777 "$T/everybodys"
for base in "$T/everybodys" "$T/nobodys"; do
	[ -d "$base" ] || mkdir -m 755 "$base"
	[ "$base" = "$T/everybodys" ] || chown $nobody "$base"
	expect 0 env XDG_RUNTIME_DIR="$base" "$MEMTOP" record --quiet -o "$T/b.memtop" --force -- \
		sh -c 'ls "$1"; printf "%s\n" /tmp/memtop.*' - "$base"
	[ -z "$(find "$base" -name 'memtop*')" ] || fail "a run folder stands in $base"
	grep -q "^memtop" "$T/out" && fail "a run folder stood in $base"
	grep -q "^/tmp/memtop\.[0-9]" "$T/out" || fail "there was no run folder"
done

# Root asks neither another user's memtop for root's process, nor one that links to
# a socket of a third; it asks that of the user's own process.
chmod 777 "$XDG_RUNTIME_DIR"
bad=$XDG_RUNTIME_DIR/memtop.$mine.bbbbbb
setpriv --reuid=$nobody --regid=$nobody --clear-groups mkdir -m 700 "$bad"
: >"$T/notes"
chmod 666 "$T/notes"
listen "$bad" "$T/notes" $nobody
theirs=$listener
refused 125 'belongs to user 65534' "$MEMTOP" ctl $mine mark secret
[ ! -s "$T/notes" ] || fail "what root typed went to nobody"
setpriv --reuid=$nobody --regid=$nobody --clear-groups ln -s "$theirs" "$bad/target"
expect 0 "$MEMTOP" ctl "$theirs" mark yours
grep -qxF 'mark yours' "$T/notes" || fail "the user's own memtop was not asked"

linked=$XDG_RUNTIME_DIR/memtop.$mine.cccccc
mkdir -m 700 "$linked"
ln -s "$bad/ctl" "$linked/ctl"
: >"$T/notes"
refused 125 'another user listens in its place' "$MEMTOP" ctl $mine mark secret
! grep -q secret "$T/notes" || fail "what root typed went through a link to nobody"

# A folder of root's comes before one that the process's user made.
setpriv --reuid=$nobody --regid=$nobody --clear-groups tail -f /dev/null &
dropped=$!
others="$others $dropped"
for try in a z; do
	setpriv --reuid=$nobody --regid=$nobody --clear-groups mkdir -m 700 "$XDG_RUNTIME_DIR/memtop.$dropped.$try"
done
roots=$XDG_RUNTIME_DIR/memtop.$dropped.m
mkdir -m 700 "$roots"
: >"$T/own"
listen "$roots" "$T/own" 0
expect 0 "$MEMTOP" ctl $dropped mark right
grep -qx 'mark right' "$T/own" || fail "root's own memtop was not asked first"

# The private recording of a run without -o never goes through a link.
mkdir -p "$T/state/memtop"
echo precious >"$T/precious"
cat >"$T/links.py" <<'END'
import os, sys
folder, precious = sys.argv[1:]
for pid in range(os.getpid(), os.getpid() + 400):
    os.symlink(precious, "%s/%d.memtop" % (folder, pid))
END
python3 "$T/links.py" "$T/state/memtop" "$T/precious"
echo 'wait exit' >"$T/play"
expect 0 env XDG_STATE_HOME="$T/state" "$MEMTOP" --play="$T/play" /bin/true
[ "$(cat "$T/precious")" = precious ] || fail "a link in the state folder led memtop astray"
exit 0
