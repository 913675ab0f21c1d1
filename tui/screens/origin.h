/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_ORIGIN_H
#define TUI_SCREENS_ORIGIN_H
/*
 * Where a drilled-in screen came from: a row of a table, identified so that its stacks
 * can be asked for again whenever the heap has changed.
 */
#include "tui/screens/context.h"

struct origin {
	enum view_key by;
	bool cumulative, raw, inverted; /* as in the table's view */
	struct mine mine;
	char *key;                      /* the row; NULL: all stacks */
	uint64_t *path;                 /* in a tree: the paths from the top to the row */
	size_t depth;
	/* The moments that the row was seen in, in which it is certain to be found; kept
	 * until its stacks have been asked for once.  old: of a diff, else NULL. */
	struct snapshot *now, *old;
};

struct question;

/* Without a row it stands for all stacks.  False: out of memory; free it even then. */
bool origin_take(struct origin *origin, const struct table *table, const struct row *row);
bool origin_copy(struct origin *to, const struct origin *from);
void origin_free(struct origin *origin);
/* The stacks that pass through a frame's line, whatever they allocate.  False as
 * above. */
bool origin_of_frame(struct origin *origin, const struct row_frame *frame, bool raw);

/* Makes a question of `size` bytes for the stacks behind it now, in the order of `like`'s
 * sort and reverse.  The first one is about the moments that the row was seen in.  NULL
 * as in question_new. */
struct question *origin_ask(struct origin *origin, size_t size, const struct context *context,
			    const struct view *like);
/* An operation `answer`: makes the table, or a problem if the row no longer exists. */
void origin_answer(struct question *question);

#endif
