#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The list of filters on disk: kept, loaded, and told where it is wrong; the
# ready-made entry `noise` drops what the loader did.
. tests/lib.sh

expect 0 "$MEMTOP" record --quiet -o "$T/a.memtop" /bin/echo hello
play() {
	printf '%s\n' "$@" >"$T/script"
	run "$MEMTOP" open --play="$T/script" "$T/a.memtop"
}
list=$XDG_CONFIG_HOME/memtop/filters
rm -rf "$XDG_CONFIG_HOME/memtop"

play ':filters-load'
[ $status = 1 ] || fail "a list that is not there was loaded"
play ':filters noise' ':filter size > 10' F n 'type mine' Enter ':filters-save'
[ $status = 0 ] || fail "the list was not saved"
{
	echo "# memtop's filters: on|off NAME EXPR, see F in memtop"
	echo 'on mine size > 10'
	echo 'on noise -"<frozen importlib*" -"<unknown>" not any.module=ld-*.so*'
} >"$T/want"
cmp -s "$list" "$T/want" || fail "the list is $(cat "$list")"

echo 'off big size > 1G' >>"$list"
play ':filters-load' ':filters big' ':filters-save'
[ $status = 0 ] || fail "the list was not loaded"
grep -qx 'on big size > 1G' "$list" || fail "big was not switched"
[ "$(wc -l <"$list")" = 4 ] || fail "the list grew: $(cat "$list")"

for wrong in 'on' 'on x' 'maybe x size > 1' 'on x size >' 'on a/b size > 1'; do
	echo "$wrong" >"$list"
	play ':filters-load'
	[ $status = 1 ] || fail "\"$wrong\" was loaded"
done
echo 'on x size >' >"$list"
play ':filters-load'
grep -q 'line 1' "$T/err" || fail "the line is not told"
play ':filters nothing'
[ $status = 1 ] || fail "a filter that is not there was switched"
exit 0
