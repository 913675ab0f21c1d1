/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_SHEET_H
#define TUI_BASE_SHEET_H
/*
 * A list of things that are not groups of blocks (processes, snapshots, filters): a line
 * of titles, a few columns of fixed width, and a last one that takes the rest of the
 * line.  Columns for which the window is too narrow are left out.  The screen keeps the
 * struct list.
 */
#include "tui/base/list.h"
#include "tui/base/screen.h"

struct sheet_column {
	const char *title;
	unsigned width;                 /* cells, including the gap before it */
	unsigned least;                 /* window's width below which it is left out */
	bool left;                      /* left aligned */
};

#define SHEET_CELL 64u

struct sheet {
	const struct sheet_column *columns;
	unsigned length;
	unsigned gap;                   /* cells before left aligned columns and the
					 * rest */
	const char *rest;               /* title of the last column */
	const char *empty;              /* said below the rows; NULL: nothing */
	/* Writes the text of a cell (at most SHEET_CELL bytes, safe for a terminal).
	 * Returns its style. */
	uint32_t (*cell)(const void *user, size_t row, unsigned column, char *text);
	/* Draw the last column of a row into the rest of its line, and what comes before
	 * the first column, which may be NULL. */
	void (*draw)(const void *user, size_t row, struct canvas *canvas, struct area line);
	void (*mark)(const void *user, size_t row, struct canvas *canvas, struct area line);
	const void *user;
};

/* Fits the list to this many rows and to the area, before the screen selects one. */
void sheet_fit(struct list *list, size_t length, struct area area);
/* Draws titles and rows, with the selected row marked. */
void sheet_draw(const struct sheet *sheet, const struct list *list, struct canvas *canvas,
		struct area area);
/* Selects the row at line `y` of the area that was drawn.  False: there is none. */
bool sheet_click(struct list *list, unsigned y);

#endif
