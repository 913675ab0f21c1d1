# SPDX-License-Identifier: GPL-3.0-or-later
# zsh -f completion.zsh COMPLETION RECORDING: what the function of that file offers; where zsh's
# own functions take candidates, these print them.
. $1
compadd() {
	local -a all
	local end=
	while [[ $1 == -* ]]; do
		case $1 in
		-a) all=(${(P)2}); shift 2; break ;;
		-S) shift 2 ;;
		--) shift; break ;;
		esac
	done
	print -rl -- $all $@ | while read -r one; do [[ $one == $PREFIX* ]] && print -r -- $one; done
}
compset() { PREFIX=${PREFIX#${~3}} }
_files() { print -r -- FILES $@ }
_command_names() { print COMMANDS }
_normal() { print NORMAL $words[1] }
offers() {
	local want=$1 got
	shift
	words=("$@") CURRENT=$# PREFIX=${@[-1]}
	got=${(j: :)${(f)"$(_memtop)"}}
	[[ $got == $want ]] || { print -r -- "FAIL: zsh: $*: '$got', not '$want'"; exit 1 }
}
offers 'record report resolve COMMANDS' memtop re
offers 'check ctl' memtop help c
offers '--by=' memtop report --b
offers lineno memtop report --by=lin
offers 'all exec none' memtop record --follow=
offers 'drop' memtop --on-full=d
offers '--max-peak= --max-exit= --max-exit-blocks= --max-total= --max-allocs= --max-unreachable= --max-growth= --max-traces=' \
	memtop check --max
offers 'exit peak' memtop report $2@
offers 'peak' memtop diff $2@ $2@p
offers 'file' memtop report --filter=fi
offers 'snapshot heap held mark stop' memtop ctl 1 ''
offers 'FILES -g *.memtop*' memtop report ''
offers 'NORMAL ls' memtop record -o x ls -
