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
 * Nodes that read alike below the same row are joined into one row. Filters and diffs do
 * not apply to it.
 */
#include "views/table/table.h"

struct laid_row {
	uint64_t path;                  /* equal in all tables for rows at the same place
					 * that read alike */
	unsigned depth;                 /* from 0 */
	bool parent, open;              /* it keeps others alive; they follow as rows */
	uint64_t bytes, blocks;         /* including all that it keeps alive */
	uint64_t own_bytes;             /* of its own blocks only */
	char *name;                     /* safe to print */
};

struct laid {
	struct laid_row *rows;
	size_t length, room;
	uint64_t bytes, blocks;         /* of everything in the tree */
};

/* Whether the table's moment has such a look. */
bool laid_known(const struct table *table);
/* Makes at most `most` rows of a table, which is borrowed.  `open` is asked, for each row
 * that keeps others alive, whether these are to follow; `whole` is the bytes of
 * everything.  NULL: out of memory. */
struct laid *laid_new(const struct table *table,
		      bool (*open)(void *user, const struct laid_row *row, uint64_t whole),
		      void *user, size_t most);
void laid_free(struct laid *laid);      /* NULL is allowed */

#endif
