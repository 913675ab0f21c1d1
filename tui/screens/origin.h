/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_ORIGIN_H
#define TUI_SCREENS_ORIGIN_H
/*
 * Where a drilled-in screen came from: a row of a table, told by what it is,
 * so that its stacks can be asked for again whenever the heap has changed.
 */
#include "tui/screens/context.h"

struct origin {
	enum view_key by;
	bool cumulative, raw, inverted; /* as the table was asked */
	char *key;                      /* the row; NULL: all stacks */
	uint64_t *path;                 /* of a tree: those from the top down to the row */
	size_t depth;
};

/* Of a table without a row: all stacks.  False: out of memory; free it all the same. */
bool origin_take(struct origin *origin, const struct table *table, const struct row *row);
bool origin_copy(struct origin *to, const struct origin *from);
void origin_free(struct origin *origin);
/* The stacks behind it now, in the order of `like`: NULL if the row is not
 * there any more, or with a problem. */
struct table *origin_stacks(const struct origin *origin, const struct context *context,
			    const struct view *like, char problem[256]);

#endif
