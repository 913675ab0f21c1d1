/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_HELD_LAID_H
#define VIEWS_HELD_LAID_H
/*
 * What alone keeps what alive: the dominator tree that a look for holders found, laid open
 * row by row, the heaviest first.
 *
 *	1.9 GiB   92 %   static registry (worker.c)
 *	1.9 GiB   92 %     table_new table.c:31
 *	1.8 GiB   90 %       entry_new table.c:44
 *
 * Nodes that read alike below the same row are one.  Filters and diffs mean nothing to it.
 */
#include "views/table/table.h"

struct laid_row {
	uint64_t path;                  /* the same in each table for what stands at the same place
					 * and reads alike */
	unsigned depth;                 /* from 0 */
	bool parent, open;              /* it keeps others; these follow */
	uint64_t bytes, blocks;         /* with all that it keeps alive */
	uint64_t own_bytes;             /* its own blocks */
	char *name;                     /* safe to be shown */
};

struct laid {
	struct laid_row *rows;
	size_t length, room;
	uint64_t bytes, blocks;         /* of all that there is */
};

/* Whether the table's moment has such a look. */
bool laid_known(const struct table *table);
/* The rows of a table, which is borrowed; `open` says of a row that keeps others whether
 * they are to follow, `whole`: the bytes of all.  At most `most` rows.  NULL: out of
 * memory. */
struct laid *laid_new(const struct table *table,
		      bool (*open)(void *user, const struct laid_row *row, uint64_t whole),
		      void *user, size_t most);
void laid_free(struct laid *laid);      /* NULL is allowed */

#endif
