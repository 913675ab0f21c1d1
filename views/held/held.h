/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_HELD_HELD_H
#define VIEWS_HELD_HELD_H
/*
 * Who holds the blocks of a table's row: chains from the roots of the program down to them,
 * as the look found that the table's moment has.
 *
 *	static cache (worker.c) -> 16 KiB (cache_new worker.c:40) -> 1.3 M blocks (cache_put
 *	worker.c:52), chain of 40 -> this row: 1.2 GiB in 1 300 000 blocks
 *
 * Each block is counted in one chain, one of the shortest there are.  Steps that read alike
 * and follow one another are one; where the row holds blocks of its own, however far down,
 * these count where it is first met.
 */
#include "views/table/table.h"

struct held_chain {
	uint64_t blocks, bytes;         /* of the row, held so */
	size_t length;                  /* steps, from the root on */
	char **steps;                   /* safe to be shown */
	uint32_t longest;               /* so many of the row's blocks hold one another */
};

struct held {
	struct held_chain *of;          /* the most bytes first */
	size_t length;
	uint64_t chains;                /* that there are, before `most` */
};

struct held_index;
struct look_node;

/* True if the table's moment has a look that knows it of its rows. */
bool held_known(const struct table *table);
/* The chains of all rows, found at once; the table is borrowed.  NULL: out of memory. */
struct held_index *held_index_new(const struct table *table);
void held_index_free(struct held_index *index);         /* NULL is allowed */
/* At most `most` chains of a row of that table, on a zeroed struct; held_free ends it.
 * False: out of memory. */
bool held_find(struct held *held, const struct held_index *index, const struct row *row,
	       size_t most);
void held_free(struct held *held);
/* "static cache (worker.c) -> ... -> this row: 1.2 GiB in 1 300 000 blocks"; steps in the
 * middle give way if it gets longer than size - 1 bytes.  Returns its length. */
size_t held_text(const struct held_chain *chain, char *text, size_t size);
#define HELD_NAME 1024u
/* What a node of either tree of the table's look is, without figures: "static cache
 * (worker.c)", "cache_put worker.c:52", "app.Session (new app.py:30)", "\"CACHE\" dict"; safe
 * to be shown, HELD_NAME bytes. */
void held_name(const struct table *table, const struct look_node *node, char *text);

#endif
