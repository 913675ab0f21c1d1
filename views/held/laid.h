/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_HELD_LAID_H
#define VIEWS_HELD_LAID_H
/*
 * Which object alone keeps which others alive: the dominator tree that a look for holders
 * found, laid out in rows, the heaviest first.
 *
 * 	1.9 GiB   92 %   static registry (worker.c)
 * 	1.9 GiB   92 %     table_new table.c:31
 * 	1.8 GiB   90 %       entry_new table.c:44
 *
 * Nodes that read alike below the same row are joined into one row, and so is a list whose
 * nodes are of several stacks that read alike. Filters do not apply
 * to it.  In a table that is a diff, rows that read alike on both sides are one row, which
 * has what it kept alive on the old side, too; what has changed most comes first.
 */
#include "views/table/table.h"

struct laid_row {
	uint64_t path;                  /* equal in all tables for rows at the same place
					 * that read alike */
	unsigned depth;                 /* from 0 */
	bool parent, open;              /* it keeps others alive; they follow as rows */
	uint64_t bytes, blocks;         /* including all that it keeps alive */
	uint64_t own_bytes, own_blocks; /* of its own blocks only */
	uint64_t old_bytes, old_blocks; /* of the old side: like `bytes` and `blocks` */
	uint64_t hidden;                /* rows directly below it that were left out by
					 * laid_of_view, or nodes that lie too deep */
	char *name;                     /* safe to print */
};

struct laid {
	struct laid_row *rows;
	size_t length, room;
	uint64_t bytes, blocks;         /* of everything in the tree */
	uint64_t hidden;                /* rows of depth 0 that were left out by
					 * laid_of_view */
};

/* Whether the table's moment has such a look, and that of its old side, if it is a diff. */
bool laid_known(const struct table *table);
/* Makes at most `most` rows of a table, which is borrowed.  `open` is asked, for each row
 * that keeps others alive, whether these are to follow; `whole` is the bytes of
 * everything.  If `open` is NULL, all of them follow; otherwise only the heaviest below each
 * row do, as it is for people to read.  NULL: out of memory. */
struct laid *laid_new(const struct table *table,
		      bool (*open)(void *user, const struct laid_row *row, uint64_t whole),
		      void *user, size_t most);
/* The whole tree of a table whose view is `nested`, within its view's limit.  NULL: out of
 * memory. */
struct laid *laid_of_view(const struct table *table);
/* New minus old, within what the type can hold. */
int64_t laid_diff(uint64_t now, uint64_t old);
void laid_free(struct laid *laid);      /* NULL is allowed */

#endif
