/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_QUESTION_H
#define TUI_SCREENS_QUESTION_H
/*
 * What a screen wants to know about the heap, self-contained: it holds its snapshots and
 * a copy of the filters, so that another thread can answer it while the screen, the view
 * and the heap change.
 */
#include <stdatomic.h>
#include "tui/screens/context.h"
#include "tui/screens/origin.h"

/* Identifies a row, so that it can be found again in a table with another order. */
struct row_place {
	char *key;                      /* NULL: none */
	struct trace_id trace;
	uint64_t path;                  /* in a tree */
};
/* The index of that row, or of the nearest one to `from` that has its key; at most `most`
 * rows on either side of `from` are looked at.  SIZE_MAX: there is none. */
size_t row_place_find(const struct row_place *place, const struct table *table, size_t from,
		      size_t most);

struct question {
	struct view view;               /* its filters, moments and folders are copies */
	struct filter_list filters;
	struct mine mine;
	struct snapshot *now, *old, *before;    /* old, before: or NULL */
	struct origin origin;           /* of drilled-in screens */
	struct view like;               /* of drilled-in screens: the order of the
					 * stacks */
	/* To be called once, in any thread.  Makes the answer: `table`, or NULL with a
	 * problem, which is "" if the question was given up. */
	void (*answer)(struct question *question);
	/* Frees what a screen added to the question, except its own memory; or NULL. */
	void (*clear)(struct question *question);
	const _Atomic bool *unwanted;   /* true: the answer is no longer wanted; or
					 * NULL */

	/* The selected row, which whoever answers looks for: with a million rows that
	 * takes longer than a key may wait. */
	struct row_place sought;        /* owned */
	size_t sought_from, found;      /* SIZE_MAX: it is not there */

	struct table *table;            /* the answer; owned until a screen takes it */
	char problem[256];
};

/* Makes a question of `size` bytes: this view of what the context shows now.  NULL: there
 * is no heap yet, or out of memory. */
struct question *question_new(size_t size, const struct context *context,
			      const struct view *view);
/* Takes the table out of the question; the caller owns it from then on. */
struct table *question_table(struct question *question);
void question_free(struct question *question);

/* An operation `answer`: makes the table of the view. */
void question_build(struct question *question);
/* Looks for the selected row in a table that has all its rows. */
void question_seek(struct question *question);

#endif
