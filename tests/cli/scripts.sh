#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Scripts of any content end, in a time that their length allows, and what is said
# of them is one short line that steers no terminal.
. tests/lib.sh
python() { command python3 -c "$@"; }

expect 0 "$MEMTOP" record --quiet -o "$T/r.memtop" /bin/true
# play SECONDS STATUS: plays $T/play over the recording.
play() {
	expect "$2" timeout "$1" "$MEMTOP" open --play="$T/play" "$T/r.memtop"
	[ "$(wc -l <"$T/err")" -le 1 ] || fail "not one line is said"
	[ "$(wc -c <"$T/err")" -le 600 ] || fail "a line without end is said"
	LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177-\377]')" "$T/err" &&
		fail "control bytes went to the terminal"
	return 0
}

# Text of 1 MB, for a prompt, for the screen, in one line and in many.
python 'print(":\ntype " + "x" * 1000000 + "\nEsc")' >"$T/play"
play 30 1
said 'play: line 2: the script can'\''t be read: longer than 65535 bytes'
python 'print("f\n" + ("type " + "x" * 50000 + "\n") * 20 + "Esc\n:save-screen -")' >"$T/play"
play 30 0
printed 'memtop 1.0'
python 'print("f\n" + ("type " + "x" * 5000 + "\n") + ":save-screen -")' >"$T/play"
play 30 0
printed 'the line is full: 4095 bytes'

# To a target that reads nothing: what can't be kept for it is said to be lost.
cat >"$T/raw.c" <<'END'
#include <memtop.h>
#include <termios.h>
#include <unistd.h>
int main(void)
{
	struct termios raw;
	tcgetattr(1, &raw);
	cfmakeraw(&raw);
	tcsetattr(1, TCSANOW, &raw);
	memtop_mark("raw");
	for (;;)
		pause();
}
END
$CC -D_GNU_SOURCE -Ishare/include -o "$T/raw" "$T/raw.c"
python 'print("wait mark raw\no\n" + ("type " + "y" * 60000 + "\n") * 20 + ":save-screen -")' |
	sed 's/^:save/C-]\n&/' >"$T/play"
expect 0 timeout 60 "$MEMTOP" --play="$T/play" "$T/raw"
printed 'the program does not read its input: keys are lost'

# A hostile line, whatever is wrong with it.
python 'print("\x1b]2;owned\x07\u202e" + "A" * 10000)' >"$T/play"
play 10 1
said 'play: line 1: \x1b]2;owned\a\u202eAAA'
said 'this is not a key, type, wait or :command'
python 'print(":\x1b[31m" + "B" * 10000)' >"$T/play"
play 10 1
said 'no command is named'
python 'print("wait \x1b[31m\x9b")' >"$T/play"
play 10 1
said 'wait for what?'
printf 's\000\n' >"$T/play"
play 10 1
said 'line 1: the script can'\''t be read: a NUL byte stands there'
expect 1 timeout 10 "$MEMTOP" open --play=/dev/zero "$T/r.memtop"
said 'a NUL byte stands there'
expect 2 "$MEMTOP" open --play=/dev/null --filter="$(printf 'size > \033[31mx')" "$T/r.memtop"
said '\x1b[31m'

# A path is written to as it is, or not at all.
long=$T/$(python 'print("/".join(["d" * 200] * 12))')
mkdir -p "$(dirname "$long")"
printf ':export csv %s\n' "$long" >"$T/play"
play 10 0
[ -s "$long" ] || fail "an export with a long path went elsewhere"
exit 0
