# SPDX-License-Identifier: GPL-3.0-or-later
# For tests of libmemtop.so with tests/preload/fakemem.c in memtop's place.
. tests/lib.sh
FAKE=$B/tests/preload/fakemem
WORKERS=$B/tests/workers

# faked STATUS WORKER [ARG...]: under fakemem, with its $FLAGS.
faked() {
	want=$1
	shift
	expect "$want" "$FAKE" $FLAGS "$B/libmemtop.so" "$@"
}

# figure NAME: of the first segment in $T/out.
figure() {
	sed -n "/^segment /{s/.* $1=\([0-9]*\).*/\1/p;q}" "$T/out"
}

# agrees: each `expect` line of the worker is a `function` line of fakemem's.
agrees() {
	local lines=0 rest
	while read -r _ rest; do
		lines=$((lines + 1))
		grep -qxF "function $rest" "$T/out" ||
			fail "$1: the worker says $rest, memtop $(grep "^function ${rest%% *} " "$T/out")"
	done < <(grep '^expect ' "$T/out")
	[ $lines -gt 0 ] || fail "$1 printed nothing to expect"
}

# lossless: nothing dropped, lost, or that makes no sense.
lossless() {
	for name in dropped lost nonsense; do
		[ "$(figure $name)" = 0 ] || fail "$1: $name is $(figure $name)"
	done
}
