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
	struct mine mine;
	char *key;                      /* the row; NULL: all stacks */
	uint64_t *path;                 /* of a tree: those from the top down to the row */
	size_t depth;
	/* The moments that the row was seen in, until it was asked for once: there it
	 * is still.  old: of a diff, else NULL. */
	struct snapshot *now, *old;
};

struct question;

/* Of a table without a row: all stacks.  False: out of memory; free it all the same. */
bool origin_take(struct origin *origin, const struct table *table, const struct row *row);
bool origin_copy(struct origin *to, const struct origin *from);
void origin_free(struct origin *origin);
/* The stacks that pass a frame's line, whatever they allocate there.  As above. */
bool origin_of_frame(struct origin *origin, const struct row_frame *frame, bool raw);

/* The stacks behind it now, as a question of `size` bytes; sort and reverse of `like` are
 * the order of the stacks.  The first one is asked of the moments that the row was seen
 * in.  NULL as question_new has it. */
struct question *origin_ask(struct origin *origin, size_t size, const struct context *context,
			    const struct view *like);
/* An `answer`: their table, or a problem if the row is not there any more. */
void origin_answer(struct question *question);

#endif
