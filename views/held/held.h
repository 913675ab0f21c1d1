/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_HELD_HELD_H
#define VIEWS_HELD_HELD_H
/*
 * Who holds the blocks of a table's row: chains of blocks from the roots of the program
 * down to them, as found by the look at the heap that belongs to the table's moment.
 *
 * 	static cache (worker.c) -> 16 KiB (cache_new worker.c:40) -> 1.3 M blocks
 * 	(cache_put worker.c:52), chain of 40 -> this row: 1.2 GiB in 1 300 000 blocks
 *
 * Each block counts in exactly one chain, which is one of the shortest that lead to it.
 * Consecutive steps that read alike are joined.  Blocks of the row that are held by other
 * blocks of the row count in the chain of the topmost one.
 */
#include "views/table/table.h"

struct held_chain {
	uint64_t blocks, bytes;         /* of the row, held by this chain */
	size_t length;                  /* steps, from the root on */
	char **steps;                   /* safe to print */
	uint32_t longest;               /* the longest run of the row's own blocks that
					 * hold one another */
};

struct held {
	struct held_chain *of;          /* the chain with the most bytes first */
	size_t length;
	uint64_t chains;                /* number of chains that exist, which may exceed
					 * `most` */
};

struct held_index;
struct look_node;

/* True if the table's moment has a look that knows who holds the blocks of its rows. */
bool held_known(const struct table *table);
/* The chains of all rows, found at once; the table is borrowed.  NULL: out of memory. */
struct held_index *held_index_new(const struct table *table);
void held_index_free(struct held_index *index);         /* NULL is allowed */
/* Finds at most `most` chains of a row of that table.  The struct must be zeroed, and is
 * freed by held_free.  False: out of memory. */
bool held_find(struct held *held, const struct held_index *index, const struct row *row,
	       size_t most);
void held_free(struct held *held);
/* "static cache (worker.c) -> ... -> this row: 1.2 GiB in 1 300 000 blocks". Steps in the
 * middle are left out if the text would be longer than size - 1 bytes.  Returns its
 * length. */
size_t held_text(const struct held_chain *chain, char *text, size_t size);
#define HELD_NAME 1024u
/* Describes a node of either tree of a look, without figures: "static cache (worker.c)",
 * "cache_put worker.c:52", "app.Session (new app.py:30)", "\"CACHE\" dict". `of`: the side
 * of the table that has the look.  The text is safe to print and takes at most HELD_NAME
 * bytes. */
void held_name(const struct table *table, const struct snapshot *of, const struct look_node *node,
	       char *text);
/* Whether blocks may read as those above them: they are of the same type, and none has a name,
 * as by the key of a dict, but that of a variable's member. */
bool held_may_read_alike(const struct snapshot *of, const struct look_node *node,
			 const struct look_node *above);

#endif
