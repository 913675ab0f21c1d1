/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_QUESTION_H
#define TUI_SCREENS_QUESTION_H
/*
 * What a screen wants to know of the heap, complete in itself: it holds its snapshots
 * and a copy of the filters, so that another thread can answer it while the screen, the
 * view and the heap go on.
 */
#include <stdatomic.h>
#include "tui/screens/context.h"
#include "tui/screens/origin.h"

/* A row by what it is, so that it is found again in a table whose rows stand elsewhere. */
struct row_place {
	char *key;                      /* NULL: none */
	struct trace_id trace;
	uint64_t path;                  /* in a tree */
};
/* The index of that row, or of the one nearest to `from` that has its key; at most `most`
 * rows on either side of `from` are looked at.  SIZE_MAX: it is not there. */
size_t row_place_find(const struct row_place *place, const struct table *table, size_t from,
		      size_t most);

struct question {
	struct view view;               /* its filters, moments and folders are the question's own */
	struct filter_list filters;
	struct mine mine;
	struct snapshot *now, *old, *before;    /* old, before: or NULL */
	struct origin origin;           /* of drilled-in screens: where they came from */
	struct view like;               /* of these: the order of the stacks */
	/* In any thread, once.  Makes the answer: `table`, or NULL with a problem ("":
	 * given up). */
	void (*answer)(struct question *question);
	/* What a screen added to it, but for the memory itself; or NULL. */
	void (*clear)(struct question *question);
	const _Atomic bool *unwanted;   /* true: nobody wants the answer any more; or NULL */

	/* The row that is selected, looked for by whoever answers: of a million rows that takes
	 * longer than a key may wait. */
	struct row_place sought;        /* owned */
	size_t sought_from, found;      /* SIZE_MAX: it is not there */

	struct table *table;            /* the answer; owned until a screen takes it */
	char problem[256];
};

/* `size` bytes that begin with a question: this view of what the context shows now.
 * NULL: there is no heap yet, or no memory. */
struct question *question_new(size_t size, const struct context *context,
			      const struct view *view);
/* The table, which is the caller's from then on. */
struct table *question_table(struct question *question);
void question_free(struct question *question);

/* An `answer`: the view's table. */
void question_build(struct question *question);
/* Looks for the row that is sought, in a table whose rows are all there. */
void question_seek(struct question *question);

#endif
