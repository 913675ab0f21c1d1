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

#endif
