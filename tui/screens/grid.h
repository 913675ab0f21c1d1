/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_GRID_H
#define TUI_SCREENS_GRID_H
/*
 * A views table on the screen: columns that fit, a selection that follows its
 * row while the table is sorted anew, sorting, search.
 */
#include "tui/base/list.h"
#include "tui/screens/question.h"
#include "views/table/table.h"

/* Where the selection stood before a text was searched for as it was typed. */
struct grid_place {
	char *key;
	struct trace_id trace;
	uint64_t path;
	bool chosen;
};

struct grid {
	struct list list;
	unsigned scroll;                /* cells that the location is moved left */
	unsigned need;                  /* cells that the longest location so far takes whole */
	enum column_id sort;
	bool reverse;
	struct question *answered;      /* owned; NULL before the first one */
	struct table *table;            /* its answer, or NULL */
	/* The selected row, by what it is. */
	char *key;
	struct trace_id trace;
	uint64_t path;                  /* in a tree */
	bool chosen;                    /* the user moved: follow the row, not the top */
	struct grid_place began;
	char problem[256];              /* why the last table could not be built */
};

/* Frees what it holds; it can be used again. */
void grid_close(struct grid *grid);
/* The view that the context and this grid ask for. */
struct view grid_view(const struct grid *grid, const struct context *context,
		      enum view_key by);
/* Lets who answers the question look for the selected row, too; NULL: none. */
struct question *grid_seek(const struct grid *grid, struct question *question);
/* Takes a question over, and shows its answer (or its problem in its place). */
void grid_take(struct grid *grid, struct question *question);
/* The rows of the table were made anew: the selection finds its row again. */
void grid_refresh(struct grid *grid);
/* The table that is shown, or NULL: `table` of a screen whose state begins with its
 * grid. */
const struct table *grid_table(const struct screen *screen);
/* NULL if there is none; grid_no_row says why: reactions. */
const struct row *grid_row(const struct grid *grid);
unsigned grid_no_row(const struct grid *grid, struct context *context);
/* Selects a row by its index. */
void grid_choose(struct grid *grid, size_t index);
/* Selects the first row of this key; false if there is none among the first 20,000. */
bool grid_follow(struct grid *grid, const char *key);
void grid_draw(struct grid *grid, const struct context *context, struct canvas *canvas,
	       struct area area);
/* The same, and beneath it what the selected row says about itself, where there is
 * room. */
void grid_draw_explained(struct grid *grid, const struct context *context,
			 struct canvas *canvas, struct area area);
/* Movement, sorting, search: enum reaction bits. */
unsigned grid_act(struct grid *grid, struct context *context, enum action action,
		  const char *text);
unsigned grid_click(struct grid *grid, const struct context *context, unsigned width,
		    unsigned x, unsigned y);

#endif
