# SPDX-License-Identifier: GPL-3.0-or-later
# For the shell tests, sourced from the project's root: where things are, one
# folder of the test's own in $T, and run/expect.
MEMTOP=$(realpath -m "${MEMTOP:-build/memtop}") || exit 1
B=$(realpath -m "${B:-build}") || exit 1
CC=${CC:-gcc}
# Until glibc 2.34 dlopen and dlsym are in a library of their own.
case $(getconf GNU_LIBC_VERSION 2>/dev/null) in
*' '2.[12][0-9] | *' '2.3[0-3]) CC="$CC -Wl,--no-as-needed -ldl -Wl,--as-needed" ;;
esac
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
# Not the user's own.
mkdir "$T/.cache" && export XDG_CACHE_HOME="$T/.cache"

fail() {
	echo "FAIL: $*"
	for file in "$T/out" "$T/err"; do
		[ -s "$file" ] && { echo "--- $(basename "$file")"; head -n 20 "$file"; }
	done
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# run COMMAND...: its output in $T/out and $T/err, its status in $status.
run() {
	"$@" >"$T/out" 2>"$T/err" && status=0 || status=$?
}

# expect STATUS COMMAND...
expect() {
	want=$1
	shift
	run "$@"
	[ "$status" = "$want" ] || fail "'$*' ended with $status, not $want"
}

# said TEXT / printed TEXT: it stands in standard error / output.
said() {
	grep -qF -- "$1" "$T/err" || fail "standard error does not say '$1'"
}
printed() {
	grep -qF -- "$1" "$T/out" || fail "standard output has no '$1'"
}

# refused STATUS TEXT COMMAND...: ends so, saying one sentence and nothing else.
refused() {
	want=$1 text=$2
	shift 2
	expect "$want" "$@"
	said "$text"
	[ "$(wc -l <"$T/err")" = 1 ] || fail "'$*' did not say one line"
	grep -q '^memtop: ' "$T/err" || fail "'$*' does not begin with memtop:"
	[ ! -s "$T/out" ] || fail "'$*' printed something"
}

# json FILE EXPRESSION: what Python makes of EXPRESSION over the document `d`.
json() {
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$1" "$2"
}
# is EXPRESSION VALUE: of the JSON in $T/out.
is() {
	got=$(json "$T/out" "$1") || fail "no JSON for $1"
	[ "$got" = "$2" ] || fail "$1 is $got, not $2"
}
