#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Looks at the heap of a program whose truth is known, by ctl and key: which blocks nothing
# holds, by line, in report, diff, filters, exports, and after the run; and what is refused.
. tests/lib.sh
. tests/cli/lib/held.sh

cat >"$T/w.c" <<'END'
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
struct node { struct node *next, *other; };
struct node *list, *ring;
char *inside, *table[8];
__attribute__((noinline)) void *get(size_t size) { return memset(malloc(size), 0, size); }
__attribute__((noinline)) void lose(void)
{
	for (int i = 0; i < 5; i++)
		get(100);                       /* LOST */
}
__attribute__((noinline)) void lose_list(void)
{
	struct node *head = malloc(sizeof *head);       /* HEAD */
	head->next = malloc(sizeof *head);              /* TAIL */
	head->next->next = malloc(sizeof *head);        /* TAIL2 */
	memset(head->next->next, 0, sizeof *head);
	head->other = head->next->other = NULL;
}
__attribute__((noinline)) void lose_cycle(void)
{
	struct node *a = malloc(sizeof *a), *b = malloc(sizeof *b);    /* CYCLE */
	a->next = b;
	b->next = a;
	a->other = b->other = NULL;
}
/* Stale copies on the stack below. */
__attribute__((noinline)) void scrub(void)
{
	volatile char room[16384];
	memset((void *)room, 0, sizeof room);
	__asm__ volatile("" : : "r"(room) : "memory");
}
int is_traced(void)
{
	char text[4096] = "", *at;
	int file = open("/proc/self/status", O_RDONLY);
	if (read(file, text, sizeof text - 1) < 0)
		return 2;
	at = strstr(text, "TracerPid:");
	return !at || atoi(at + 10) != 0;
}
int main(void)
{
	char c;
	list = get(sizeof *list);
	list->next = get(sizeof *list);
	ring = get(sizeof *ring);
	ring->next = ring;
	inside = (char *)get(200) + 64;         /* INSIDE */
	for (int i = 0; i < 8; i++)
		table[i] = get(50);
	lose();
	lose_list();
	lose_cycle();
	scrub();
	write(1, ".", 1);
	while (read(0, &c, 1) == 1)
		write(1, ".", 1);
	return is_traced();
}
END
$CC -g -O0 -w -o "$T/w" "$T/w.c"

record_held r.memtop "$T/w"
look first
[ "$status" = 0 ] || fail "no look"
grep -q '^snapshot 1, paused [0-9]* ms$' "$T/out" || fail "the look said: $(cat "$T/out")"
# The program goes on, and knows of nothing.
step
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	expect 0 "$MEMTOP" ctl $pid heap "look$i"
done
refused 125 'cannot name a snapshot' "$MEMTOP" ctl $pid heap 7up
end_held
[ ! -s "$T/stderr" ] || fail "said: $(cat "$T/stderr")"

# By the stack that calls, as `get` allocates for several.
sum() { is "sum(s['$1'] for s in $rows if any(f['line'] == $2 and f['file'].endswith('w.c') for f in s['traceback']))" "$3"; }
at() {
	expect 0 "$MEMTOP" report --by=traceback --json "$T/r.memtop@$1"
	rows="d['statistics']"
	is "d['look']['unread']" 0
	is "d['look']['pause'] > 0 and d['look']['copied'] > 0" True
	is "sum(s['unreachable'] for s in $rows)" $((500 + 5 * 16))
	is "sum(s['unreachable_blocks'] for s in $rows)" 10
	is "sum(s['garbage'] for s in $rows)" 516
	is "sum(s['inside'] for s in $rows)" 200
	sum unreachable "$(line LOST)" 500
	sum garbage_blocks "$(line LOST)" 5
	sum unreachable "$(line HEAD)" 16
	sum garbage "$(line HEAD)" 16
	sum unreachable "$(line TAIL)" 16
	sum garbage "$(line TAIL)" 0
	sum unreachable "$(line TAIL2)" 16
	sum unreachable_blocks "$(line CYCLE)" 2
	sum garbage "$(line CYCLE)" 0
	sum cycles "$(line CYCLE)" 32
	is "sum(s['cycles'] for s in $rows)" 32
	sum inside_blocks "$(line INSIDE)" 1
}
at first
at look1
expect 0 "$MEMTOP" report --by=traceback --csv "$T/r.memtop@look1"
cut -d, -f 1-3,12-18 "$T/out" >"$T/want"
i=1
while [ $i -lt 20 ]; do
	i=$((i + 1))
	expect 0 "$MEMTOP" report --by=traceback --csv "$T/r.memtop@look$i"
	cut -d, -f 1-3,12-18 "$T/out" | cmp -s - "$T/want" || fail "look $i found something else"
done

expect 0 "$MEMTOP" report "$T/r.memtop@first"
printed 'unreachable: 580 B in 10 blocks; held only by pointers to the inside: 200 B'
expect 0 "$MEMTOP" report --filter='unreachable > 0 and garbage = 0' --json "$T/r.memtop@first"
is "sum(s['unreachable'] for s in d['statistics'])" 64
expect 0 "$MEMTOP" export --format=folded --sort=unreachable_blocks "$T/r.memtop@first"
grep -q 'lose (w.c:.*get (w.c:.*) 5$' "$T/out" || fail "no stack of what was lost"
# Older moments and the end have no look, which is not 0.
expect 0 "$MEMTOP" report --json "$T/r.memtop"
is "'unreachable' in d['statistics'][0] or 'look' in d" False
expect 0 "$MEMTOP" diff --json "$T/r.memtop@first" "$T/r.memtop"
is "{s['unreachable'] for s in d['statistics']}" '{None}'
expect 0 "$MEMTOP" diff --json "$T/r.memtop@exit" "$T/r.memtop@first"
is "sum(s['unreachable'] for s in d['statistics'])" 580
refused 2 'no look was taken at this moment' "$MEMTOP" report --sort=unreachable "$T/r.memtop"
refused 2 'only a look at the heap finds' "$MEMTOP" report --filter='unreachable > 0' "$T/r.memtop"
refused 2 'no look was taken at this moment' "$MEMTOP" export --format=folded --sort=garbage "$T/r.memtop"

# Who keeps pages in memory: one block of 32 bytes on each page of 16 MiB.
cat >"$T/p.c" <<'END'
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
void *keep[4096], *rest[4096];
int main(void)
{
	char c;
	for (int i = 0; i < 4096; i++) {
		keep[i] = memset(malloc(32), 1, 32);    /* PINS */
		rest[i] = memset(malloc(4032), 2, 4032);
	}
	for (int i = 0; i < 4096; i++)
		free(rest[i]);
	write(1, ".", 1);
	return read(0, &c, 1) < 0;
}
END
$CC -g -O0 -w -o "$T/p" "$T/p.c"
record_held p.memtop "$T/p"
expect 0 "$MEMTOP" ctl $pid heap pins
end_held
expect 0 "$MEMTOP" report --sort=pins --json "$T/p.memtop@pins"
at=$(grep -n '/\* PINS \*/' "$T/p.c" | cut -d: -f1)
is "d['statistics'][0]['key'].endswith('p.c:$at')" True
is "4095 <= d['statistics'][0]['pins'] / 4096 <= 4097" True
expect 0 "$MEMTOP" report --filter='pins > 1M' "$T/p.memtop@pins"
printed 'of live blocks pin 16.0 MiB of pages; 100 % by'

# What blocks are: classes of C++.
record_held t.memtop "$B/tests/workers/typed"
while read -r word rest <&4 && [ "$word" != end ]; do :; done
expect 0 "$MEMTOP" ctl $pid heap types
end_held
expect 0 "$MEMTOP" report --by=type --json --limit=0 "$T/t.memtop@types"
is "[[s['count'], s['size']] for s in d['statistics'] if s['key'] == 'shapes::Both']" '[[1, 40]]'
is "sorted(s['key'] for s in d['statistics'] if s['key'].startswith('shapes::Round'))" \
	"['shapes::Round', 'shapes::Round []']"
is "'total' in d['statistics'][0] or 'pins' in d['statistics'][0]" False
whole=$("$MEMTOP" report --json --limit=0 "$T/t.memtop@types" | python3 -c 'import json, sys
print(sum(s["size"] for s in json.load(sys.stdin)["statistics"]))')
is "sum(s['size'] for s in d['statistics'])" "$whole"
expect 0 "$MEMTOP" diff --by=type --json --limit=0 "$T/t.memtop@types" "$T/t.memtop@types"
is "{s['size_diff'] for s in d['statistics']}" '{0}'
refused 2 'types are known only at moments with a look' \
	"$MEMTOP" report --by=type "$T/t.memtop"
# Their lines say what most of them are, and filters keep those of a type.
expect 0 "$MEMTOP" report --json --limit=0 "$T/t.memtop@types"
is "any(s['type'] == 'shapes::Round []' and s['size'] == 80 for s in d['statistics'])" True
expect 0 "$MEMTOP" report --csv --filter='type = shapes::Both' "$T/t.memtop@types"
printed ",40,1,40.0,0,0,0,0,0,0,0,shapes::Both,"
expect 0 "$MEMTOP" report --json --filter='any.type = shapes::Both' "$T/t.memtop@types"
is "[s['total'] >= 40 for s in d['statistics']]" '[True]'
expect 0 "$MEMTOP" export --format=folded --filter='type = shapes::Both' -o - "$T/t.memtop@types"
printed ' 40'
refused 2 'it is not known for the blocks of one type' \
	"$MEMTOP" export --format=folded --sort=total --filter='type = shapes::Both' -o - "$T/t.memtop@types"
refused 2 'the filter asks for total, which is not known by type' \
	"$MEMTOP" report --by=type --filter='total > 1' "$T/t.memtop@types"

# A sampled run knows too little.
record_held s.memtop --sample=4K "$T/w"
refused 125 'with --sample most blocks are not known' "$MEMTOP" ctl $pid heap
end_held
