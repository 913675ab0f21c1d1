#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The target's terminal in the Output tab is good enough to work in: a Python
# prompt with history, a shell with its editing keys and pasted text, an editor
# on the whole screen with the mouse; colours, a progress bar, scrollback, --log.
. tests/lib.sh
. tests/tty/tmux.inc
start 80 24
python=$(command -v /usr/bin/python3 || command -v python3) || skip "no python3"

# memtop ...: its screen, which gives a target that reads keys what is typed.
pane() {
	typed "clear; TERM=xterm-256color $MEMTOP $*; echo status=\$?"
	keys Enter
	await '^ 1Line'
	await 'every key goes to the program'
}

# A Python prompt: a line again by its history, C-c, and what it allocated.
pane "$python -q"
await '^>>>'
typed 'x = [bytes(1000) for _ in range(2000)]'
keys Enter
typed 'len(x) + 5'
keys Enter
await '^2005'
keys Up
await '^>>> len.x. . 5$'
keys BSpace
typed '7'
keys Enter
await '^2007'
keys C-c
await '^KeyboardInterrupt'
keys 'C-]'
await 'o give it the keys'
keys 1
await '^ +[12][0-9]{3} KiB'
keys o C-d
await 'exited 0 after'
keys q
await '^status=0'

# A shell: TERM, words by C-Left, text pasted in brackets, C-z, its own status.
pane 'bash --norc --noprofile -i'
typed 'PS1="in> "; echo $TERM'
keys Enter
await '^xterm-256color'
typed 'one two'
keys C-Left
typed 'and '
keys Home
typed 'echo '
keys Enter
await '^one and two'
# Its next prompt is there: until then readline has switched brackets off.
await '^in>$'
tm set-buffer 'echo first
echo second q k'
tm paste-buffer -p -t 0
await '^echo second q k'                 # readline holds what stands in brackets
gone '^first'
keys Enter
await '^second q k'
typed 'sh -c "echo up; cat"'
keys Enter
await '^up'
keys C-z
await 'Stopped'
typed 'kill %1; fg'
keys Enter
await 'Terminated'
typed 'for i in 1 2 3; do printf "\r%d0 percent" $i; done; echo'
keys Enter
await '^30 percent'
typed 'printf "\033[31mred\033[0m\n"; seq 60'
keys Enter
await '^60'
keys 'C-]'
await 'o give it the keys'
keys Home
await 'scrolled back'
keys End
gone 'scrolled back'
keys PPage PPage PPage Up Up
await '^red$'
tm capture-pane -e -p -t 0 | grep -qE '^.\[31m(.\[49m)?red' ||
	fail "red is not red"
keys o
gone 'scrolled back'
typed 'exit 3'
keys Enter
await 'exited 3 after'
keys q
await '^status=3'

# One that reads lines: a star on the tab says that it asks for something.  It reads one
# only: a second question after the pane was left would rightly bring the star back.
typed "clear; $MEMTOP sh -c 'printf \"Your name: \"; read name; echo Hello \$name; exec tail -f /dev/null'"
keys Enter
await '0Output\*'
keys o
await '^Your name: *$'
typed 'Ann'
keys Enter
await '^Hello Ann$'
keys 'C-]' 1
await '0Output$'
keys q
await 'The program is running'
keys k
await 'READY>'

# One that waits for a line without a word has the star too, until that is seen; so does one
# that a script waits for.
for silent in cat "sh -c 'cat; true'"; do
	typed "clear; $MEMTOP $silent"
	keys Enter
	await '0Output\*'
	keys o
	await 'every key goes to the program'
	keys 'C-]' 1
	await '0Output$'
	keys q
	await 'The program is running'
	keys k
	await 'READY>'
done

# An editor: application cursor keys, the whole screen, the mouse, a resize.
if command -v vim >/dev/null; then
	pane "vim -u NONE -N -c 'set mouse=a' $T/text"
	await '^~'
	keys i
	typed 'hello'
	keys Left Left
	typed 'X'
	keys Escape
	await '^helXlo'
	typed 'yyp0'
	tm resize-window -t 0 -x 70 -y 20
	await '^helXlo'
	typed 'GoY'
	keys Escape
	# A click into the first line, third column, as an xterm sends it.
	row=$(screen | grep -n '^helXlo' | head -n 1 | cut -d: -f1)
	typed "$(printf '\033[<0;3;%dM' "$row")"
	typed 'xggA!'
	keys Escape
	typed ':wq'
	keys Enter
	await 'exited 0 after'
	keys q
	await '^status=0'
	printf 'heXlo!\nhelXlo\nY\n' | cmp -s - "$T/text" || {
		cat "$T/text"
		fail "the editor has written something else"
	}
	tm resize-window -t 0 -x 80 -y 24
fi

# --log has every byte; pasted text outside of the pane is no keys.
typed "clear; $MEMTOP --log=$T/log printf 'a\\033[1mb\\n'; echo status=\$?"
keys Enter
await 'exited 0 after'
keys 1
await '^ 1Lines'
tm paste-buffer -p -t 0
await 'pasted text does not act as keys'
keys f
await '^filter:'
tm paste-buffer -p -t 0
await '^filter: echo first echo second q k'
keys C-c q
await '^status=0'
printf 'a\033[1mb\r\n' | cmp -s - "$T/log" || { od -c "$T/log"; fail "the log differs"; }
exit 0
