/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_GRID_PARTS_H
#define TUI_SCREENS_GRID_PARTS_H
/* What the two files that draw a grid share. */
#include "tui/screens/grid.h"

#define CURVE_MOST 24u                  /* cells of a curve at most */

struct columns {
	unsigned length;
	const struct column *columns[COLUMNS];
	unsigned width[COLUMNS];        /* with the order's arrow */
	unsigned end[COLUMNS];          /* the cell behind each */
	unsigned mark;                  /* where the verdict's mark stands, if there are verdicts */
	unsigned location;              /* where the location begins */
};

/* Those that fit into a window so wide, from left to right. */
struct columns grid_columns(const struct grid *grid, const struct context *context,
			    unsigned width);
/* Whether rows have their curve from the history. */
bool grid_has_curves(const struct grid *grid, const struct context *context);

/* What all rows of a picture have in common. */
struct rows_drawn {
	const struct columns *columns;
	struct curves *curves;
	bool curved;                    /* rows have their curve from the history, */
	bool zoomed;                    /* of a stretch of it that may have ended before now */
	const char *search;
};

#endif
