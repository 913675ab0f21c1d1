/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_GRID_H
#define TUI_SCREENS_GRID_H
/*
 * A table of views on the screen: columns that fit, a selection that stays on its row
 * while the table is sorted anew, sorting, and search.
 */
#include "tui/base/list.h"
#include "tui/screens/question.h"
#include "views/table/table.h"

/* Where the selection was before a search began to be typed. */
struct grid_place {
	char *key;
	struct trace_id trace;
	uint64_t path;
	bool chosen;
};

struct grid {
	struct list list;
	unsigned scroll;                /* cells by which the location is scrolled to the
					 * left */
	unsigned need;                  /* width of the longest location so far */
	enum column_id sort;
	bool reverse;
	struct question *answered;      /* owned; NULL before the first one */
	struct table *table;            /* its answer, or NULL */
	/* What identifies the selected row. */
	char *key;
	struct trace_id trace;
	uint64_t path;                  /* in a tree */
	bool chosen;                    /* the user moved, so the selection follows the
					 * row */
	struct grid_place began;
	struct row_search search;       /* while it goes on */
	bool typing;                    /* its text is still being typed */
	char problem[256];              /* why the last table could not be built */
};

/* Frees what it holds; it can be used again. */
void grid_close(struct grid *grid);
/* The view that the context and this grid ask for. */
struct view grid_view(const struct grid *grid, const struct context *context,
		      enum view_key by);
/* Asks whoever answers the question to look for the selected row too; NULL is allowed. */
struct question *grid_seek(const struct grid *grid, struct question *question);
/* Takes a question over, and shows its answer, or its problem instead. */
void grid_take(struct grid *grid, struct question *question);
/* To be called after the table's rows were made anew: finds the selected row again. */
void grid_refresh(struct grid *grid);
/* The table that is shown, or NULL: the operation `table` of a screen whose state begins
 * with its grid. */
const struct table *grid_table(const struct screen *screen);
/* The selected row, or NULL; then grid_no_row says why, and returns the reaction. */
const struct row *grid_row(const struct grid *grid);
unsigned grid_no_row(const struct grid *grid, struct context *context);
/* Selects a row by its index. */
void grid_choose(struct grid *grid, size_t index);
/* Selects the first row of this key; false if there is none among the first 20,000. */
bool grid_follow(struct grid *grid, const char *key);
void grid_draw(struct grid *grid, const struct context *context, struct canvas *canvas,
	       struct area area);
/* The same, with details of the selected row below it if there is room. */
void grid_draw_explained(struct grid *grid, const struct context *context,
			 struct canvas *canvas, struct area area);
/* Movement, sorting, search: enum reaction bits. */
unsigned grid_act(struct grid *grid, struct context *context, enum action action,
		  const char *text);
unsigned grid_click(struct grid *grid, const struct context *context, unsigned width,
		    unsigned x, unsigned y);

#endif
