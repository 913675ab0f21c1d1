#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Who holds what: the recording says, row by row and in the pane, what the screen said while
# the program ran.
. tests/lib.sh
. tests/tty/tmux.inc
start 120 24

cat >"$T/w.c" <<'END'
#include <stdlib.h>
#include <unistd.h>
struct node { struct node *next; void *text; };
static struct node *list;
static void **table;
static void add(size_t size)
{
	struct node *node = malloc(sizeof *node);       /* NODE */
	node->text = malloc(size);                      /* TEXT */
	node->next = list;
	list = node;
}
int main(void)
{
	char c;
	table = malloc(8000);                           /* TABLE */
	for (int i = 0; i < 300; i++)
		add(100 + i);
	for (int i = 0; i < 900; i++)
		table[i] = malloc(i < 500 ? 32 : 48);   /* ITEM */
	while (read(0, &c, 1) == 1)
		;
	return 0;
}
END
$CC -g -O1 -w -o "$T/w" "$T/w.c"

# rows FILE: who holds the first row, and the tree of holders as it is opened at first.
rows() {
	await ' AT '
	await 'held by static list'
	screen | grep -A 3 'held by' >"$1"
	keys H
	await '^ .*static table'
	await '^ .*static list'
	screen | sed -n '/static/,/^$/p' | grep -E 'static|main|add|nobody' | sed 's/ *$//' >>"$1"
	[ "$(wc -l <"$1")" -ge 8 ] || { screen; fail 'too few rows'; }
}

typed "clear; $MEMTOP -o $T/r.memtop $T/w; echo status=\$?"
keys Enter
await 'w\.c'
typed ':held mine'
keys Enter
rows "$T/live"
keys Escape q
await 'kill it'
keys k
await '^status='
typed "clear; $MEMTOP open $T/r.memtop; echo status=\$?"
keys Enter
await 'w\.c'
keys 1
typed ':at mine'
keys Enter
rows "$T/recorded"
diff "$T/live" "$T/recorded" || fail 'the recording says something else'
keys q
await '^status=143'
