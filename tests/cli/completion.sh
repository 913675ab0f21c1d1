#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What bash offers behind Tab.  Words are cut at = and @, as bash cuts them.
. tests/lib.sh
. share/completions/memtop
mkdir -p "$T/bin"
ln -s "$(realpath "$MEMTOP")" "$T/bin/memtop"
PATH=$T/bin:$PATH
expect 0 "$MEMTOP" record --quiet -o "$T/r.memtop" /bin/true

# offers 'CANDIDATES' WORD...: behind the last word these are offered, in this order.
offers() {
	local wanted=$1
	shift
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_memtop
	[ "${COMPREPLY[*]}" = "$wanted" ] || fail "$*: ${COMPREPLY[*]}"
}
# has CANDIDATE WORD...: it is one of those that are offered.
has() {
	local wanted=$1
	shift
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_memtop
	printf '%s\n' "${COMPREPLY[@]}" | grep -qxF -- "$wanted" || fail "$*: no $wanted"
}

offers record memtop rec
offers 'record report resolve' memtop re
offers '--debug-path=' memtop resolve --d
has "$T/r.memtop" memtop resolve "$T/r"
offers 'check ctl' memtop help c
has report memtop help ''
has open memtop ''
has true memtop tru
offers '--by=' memtop report --b
offers '--max-peak= --max-exit= --max-exit-blocks= --max-total= --max-allocs= --max-unreachable= --max-growth= --max-traces=' \
	memtop check --max
offers lineno memtop report --by = lin
has traceback memtop report --by =
has allocations memtop report --sort =
offers json memtop report --format = j
has flamegraph memtop export --format =
offers 'all exec none' memtop record --follow =
offers drop memtop --on-full = d
offers 'main all' memtop report --process =
offers '' memtop record --nframe =
offers file memtop report --filter = fi
has size memtop report --filter =
offers '@exit @peak' memtop report "$T/r.memtop" @
offers @peak memtop diff "$T/r.memtop" @ p
# Where = and @ end no word, by the user's COMP_WORDBREAKS.
offers --by=lineno memtop report --by=lin
offers "$T/r.memtop@peak" memtop diff "$T/r.memtop@p"
offers 'snapshot heap held mark stop' memtop ctl 1 ''

# A running memtop is offered by its own pid and by its program's.
mkfifo "$T/hold" "$T/ready"
"$MEMTOP" record --quiet -o "$T/live.memtop" sh -c 'echo >"$0/ready"; read line <"$0/hold"' "$T" &
pid=$!
read -r _ <"$T/ready"
has $pid memtop ctl ''
COMP_WORDS=(memtop ctl '') COMP_CWORD=2 COMPREPLY=()
_memtop
[ ${#COMPREPLY[@]} -ge 2 ] || fail "only ${COMPREPLY[*]}"
echo >"$T/hold"
wait $pid || fail "status"
exit 0
