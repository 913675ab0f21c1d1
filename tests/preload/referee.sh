#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Referee mode: libunwind walks each stack in the target too, and not one of
# memtop's may differ: our awkward workers, and what is installed of ordinary
# programs, each over a small piece of work.
#
#	LARGE=1 tests/preload/referee.sh	more of the same work, some minutes
. tests/lib.sh
. tests/preload/compare.inc
many=$([ -n "${LARGE:-}" ] && echo 40 || echo 1)

# optional NAME COMMAND...: only where the program is installed.
optional() {
	local path
	path=$(command -v "$2") && path=$(realpath "$path") || { echo "$1: not installed"; return; }
	same_machine "$path" || { echo "$1: for another machine"; return; }
	compare "$1" "$path" "${@:3}"
}

# Not storm: libunwind allocates, and there handlers interrupt malloc itself.
for worker in contexts signals throw operators opens; do
	compare "$worker" "$B/tests/workers/$worker"
done

for i in $(seq $((30 * many))); do
	echo "struct s$i { int a, b; }; int f$i(struct s$i *s) { return s->a * s->b + s->a / $i; }"
done >"$T/source.c"
seq 300 >"$T/numbers"
optional gcc "$(gcc -print-prog-name=cc1)" -quiet -O2 "$T/source.c" -o "$T/out"
optional clang clang -O2 -c "$T/source.c" -o "$T/out"
optional sqlite3 sqlite3 :memory: "create table t(a, b);
	with recursive n(i) as (select 1 union all select i + 1 from n where i < $((300 * many)))
	insert into t select i, hex(randomblob(20)) from n;
	create index i on t(b); select count(*) from t x join t y on x.b = y.b;"
optional perl perl -e 'my %h; while (<>) { chomp; push @{$h{$_ % 7}}, split //, $_ x 3 }
	print scalar(keys %h), "\n"; my $s = join ",", map { sort @$_ } values %h;' "$T/numbers"
[ ! -x /usr/bin/python3 ] || ! same_machine /usr/bin/python3 ||
	compare python3 env PYTHONMALLOC=malloc /usr/bin/python3 -c "import json
for i in range($((2 * many))):
	json.loads(json.dumps([{str(j): [j] * 9} for j in range(50)]))"
optional gdb gdb -nx -batch -ex 'info line main' -ex 'info scope main' "$B/tests/workers/contexts"
[ -z "${LARGE:-}" ] || ! command -v rustc >/dev/null || {
	printf '%s\n' 'use std::collections::BTreeMap; fn main() { let mut m = BTreeMap::new();' \
		'for i in 0..20000u64 { m.insert(format!("{}", i * 7919 % 10007), vec![i; 3]); }' \
		'println!("{}", m.len()); }' >"$T/r.rs"
	rustc -O -o "$T/rust" "$T/r.rs" && compare rust "$T/rust"
}
