#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What zsh and fish offer: verbs, options, their values, moments, filter fields.  fish is asked
# itself; of zsh the function runs, with those of zsh that take candidates replaced.
. tests/lib.sh
mkdir -p "$T/bin"
ln -s "$MEMTOP" "$T/bin/memtop"
PATH=$T/bin:$PATH HOME=$T
export PATH HOME
expect 0 "$MEMTOP" record --quiet -o "$T/r.memtop" /bin/true
tried=

if command -v zsh >/dev/null 2>&1; then
	tried="zsh "
	expect 0 zsh -f tests/cli/completion.zsh share/completions/_memtop "$T/r.memtop"
fi

# fish reads nothing of the user's own.
export XDG_CONFIG_HOME="$T"
# Older ones offer words that have the last one somewhere within, too.
offers() {
	want=$1 line=$2
	got=$(fish -c "source share/completions/memtop.fish; complete -C '$line'" \
		2>"$T/err" | cut -f 1 |
		awk -v begun="${line##* }" 'index($0, begun) == 1' | sort | tr '\n' ' ')
	[ "$got" = "$want" ] || fail "fish: $line: '$got', not '$want'"
}
if command -v fish >/dev/null 2>&1; then
	tried="${tried}fish"
	fish -c "source share/completions/memtop.fish; complete -C 'memtop rec'" |
		grep -q '^record.run PROGRAM without a screen' || fail "fish: no record"
	offers 'check ctl ' 'memtop help c'
	offers '--by= ' 'memtop report --b'
	offers '--by=lineno ' 'memtop report --by=li'
	offers '--follow=all --follow=exec --follow=none ' 'memtop record --follow='
	offers '--on-full=drop ' 'memtop --on-full=d'
	offers "$T/r.memtop@exit $T/r.memtop@peak " "memtop report $T/r.memtop@"
	offers '--filter=file ' 'memtop report --filter=fi'
	offers 'snapshot ' 'memtop ctl 1 sn'
fi
[ -n "$tried" ] || skip "neither zsh nor fish is here"
exit 0
