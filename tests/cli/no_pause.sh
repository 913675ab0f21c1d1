#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Looks that do not stop the program: one whose truth is known, which meanwhile replaces the
# table of all that it holds, moves it from list to list, and reallocs.  LOOKS=60 looks so often.
. tests/lib.sh
. tests/cli/lib/held.sh

cat >"$T/w.c" <<'END2'
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define ITEMS 500
struct node { struct node *next; char payload[40]; };
static void **volatile table;
static struct node *volatile list[2];
static char *volatile string;
static _Atomic int stop;
static _Atomic unsigned long rounds;
/* A new table for each change, as those do it whose readers take no lock. */
static void replace(void)
{
	void **new = malloc(ITEMS * sizeof *new), **old = table;        /* TABLE */
	for (int i = 0; i < ITEMS; i++)
		new[i] = old[(i + 1) % ITEMS];
	table = new;
	free(old);
}
static void move(void)
{
	struct node *node = list[0];
	if (node) {
		list[0] = node->next;
		node->next = list[1];
		list[1] = node;
		return;
	}
	list[0] = list[1];
	list[1] = NULL;
}
static void *churn(void *user)
{
	size_t size = 64;
	while (!stop) {
		replace();
		move();
		size = size > 100000 ? 64 : size * 2;
		string = realloc(string, size);
		rounds++;
	}
	return user;
}
__attribute__((noinline)) static void lose(void)
{
	for (int i = 0; i < 7; i++)
		memset(malloc(100), 0, 100);    /* LOST */
}
__attribute__((noinline)) static void fill(void)
{
	table = malloc(ITEMS * sizeof *table);
	for (int i = 0; i < ITEMS; i++) {
		table[i] = malloc(48);          /* ITEM */
		struct node *node = calloc(1, sizeof *node);    /* NODE */
		node->next = list[0];
		list[0] = node;
	}
}
__attribute__((noinline)) static void scrub(void)
{
	volatile char room[16384];
	memset((void *)room, 0, sizeof room);
	__asm__ volatile("" : : "r"(room) : "memory");
}
int main(void)
{
	pthread_t thread;
	char c;
	fill();
	lose();
	scrub();
	pthread_create(&thread, NULL, churn, NULL);
	while (rounds < 1000)
		sched_yield();
	write(1, ".", 1);
	while (read(0, &c, 1) == 1)
		write(1, ".", 1);
	stop = 1;
	pthread_join(thread, NULL);
	return 0;
}
END2
$CC -g -O1 -w -pthread -o "$T/w" "$T/w.c"

record_held r.memtop --no-pause --heap-at=exit "$T/w"
i=0
while [ $i -lt "${LOOKS:-3}" ]; do
	i=$((i + 1))
	look "look$i"
	[ "$status" = 0 ] || fail "no look $i"
	[ "$(cat "$T/out")" = "snapshot $i, read while the program ran" ] || fail "said: $(cat "$T/out")"
done
step
end_held

of() { is "[s['$1'] for s in d['statistics'] if s['key'].endswith('w.c:$(line "$2")')]" "$3"; }
while [ $i -gt 0 ]; do
	expect 0 "$MEMTOP" report --json --limit=0 "$T/r.memtop@look$i"
	is "d['look']['pause']" 0.0
	of unreachable LOST '[700]'
	of unreachable_blocks LOST '[7]'
	of unreachable ITEM '[0]'
	of unreachable NODE '[0]'
	is "sum(s['unreachable'] for s in d['statistics'])" 700
	i=$((i - 1))
done
expect 0 "$MEMTOP" report "$T/r.memtop@look1"
printed 'read while the program ran: what was changed, allocated or freed meanwhile counts as held'
# At its end the program waits anyhow.
expect 0 "$MEMTOP" report --json --limit=0 "$T/r.memtop@at-exit"
is "d['look']['pause'] > 0" True
