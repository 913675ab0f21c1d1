# SPDX-License-Identifier: GPL-3.0-or-later
# A recorded program that the test holds by its standard input: it writes something once it
# is ready, and goes on when it reads a line or the end.  Sourced behind tests/lib.sh.

# line WORD: which line of $T/w.c has that word as its comment.
line() { grep -n "/\* $1 \*/" "$T/w.c" | cut -d: -f1; }

# record_held FILE [OPTION...] PROGRAM...: records it into $T/FILE until it is ready.  $pid is
# memtop; descriptor 3 is the program's input, and 4 its output.
record_held() {
	recording=$T/$1
	shift
	rm -f "$T/in" "$T/dots"
	mkfifo "$T/in" "$T/dots"
	"$MEMTOP" record --quiet -o "$recording" "$@" <"$T/in" >"$T/dots" 2>"$T/stderr" &
	pid=$!
	exec 3>"$T/in" 4<"$T/dots"
	head -c 1 <&4 >"$T/first"
}

# step: lets the program go on, until it writes a dot.
step() {
	echo >&3
	dot=$(head -c 1 <&4)
	[ "$dot" = . ] || fail "the program stopped: $(cat "$T/stderr")"
}

# end_held [STATUS]: lets the program end, which it does with that status, or 0.
end_held() {
	want=${1:-0}
	exec 3>&-
	wait $pid && status=0 || status=$?
	exec 4<&-
	[ $status = "$want" ] || fail "status $status of the program: $(cat "$T/stderr")"
}

# look NAME: takes a look at the program's heap under that name, with the outcome as `run`
# leaves it.  Where the kernel lets nobody look, the test is skipped.
look() {
	run "$MEMTOP" ctl $pid heap "$1"
	if [ "$status" != 0 ] && grep -q 'kernel does not let' "$T/err"; then
		exec 3>&-
		wait $pid
		skip 'no ptrace here'
	fi
}
