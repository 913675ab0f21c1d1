/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_GRID_PARTS_H
#define TUI_SCREENS_GRID_PARTS_H
/* What the two files that draw a grid share. */
#include "tui/screens/grid.h"

#define CURVE_MOST 24u                  /* cells of a curve at most */

struct columns {
	unsigned length;
	const struct column *columns[COLUMNS];
	unsigned width[COLUMNS];        /* including the arrow of the order */
	unsigned end[COLUMNS];          /* the cell after each */
	unsigned mark;                  /* column of the verdict's mark, if there are
					 * verdicts */
	unsigned location;              /* where the location begins */
};

/* The columns that fit into a window of this width, from left to right. */
struct columns grid_columns(const struct grid *grid, const struct context *context,
			    unsigned width);
/* Whether rows have their curve from the history. */
bool grid_has_curves(const struct grid *grid, const struct context *context);

/* What all rows of a picture have in common. */
struct rows_drawn {
	const struct columns *columns;
	struct curves *curves;
	bool curved;                    /* curves come from the history; */
	bool zoomed;                    /* from a stretch of it, which may end before
					 * now */
	const char *search;
};

#endif
