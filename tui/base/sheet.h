/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_SHEET_H
#define TUI_BASE_SHEET_H
/*
 * A list of things that are no groups of blocks (processes, snapshots, filters): a line
 * of titles, a few columns of fixed width, and what takes the rest of the line.  Columns
 * that the window is too narrow for are left out.  The screen keeps the struct list.
 */
#include "tui/base/list.h"
#include "tui/base/screen.h"

struct sheet_column {
	const char *title;
	unsigned width;                 /* cells, the gap before it included */
	unsigned least;                 /* of the window's width; narrower, it is left out */
	bool left;                      /* left aligned */
};

#define SHEET_CELL 64u

struct sheet {
	const struct sheet_column *columns;
	unsigned length;
	unsigned gap;                   /* cells before a left aligned text, and the rest */
	const char *rest;               /* title of the rest */
	const char *empty;              /* said beneath the rows; NULL: nothing */
	/* The text of a cell (at most SHEET_CELL bytes, safe for a terminal); its
	 * style. */
	uint32_t (*cell)(const void *user, size_t row, unsigned column, char *text);
	/* The rest of a row, in the line that is left; and what stands before the first
	 * column, or NULL. */
	void (*draw)(const void *user, size_t row, struct canvas *canvas, struct area line);
	void (*mark)(const void *user, size_t row, struct canvas *canvas, struct area line);
	const void *user;
};

/* Fits the list to so many rows of the area, before the screen selects one. */
void sheet_fit(struct list *list, size_t length, struct area area);
/* Draws titles and rows, the selected one marked. */
void sheet_draw(const struct sheet *sheet, const struct list *list, struct canvas *canvas,
		struct area area);
/* Selects the row at line `y` of the area that was drawn; false: none is there. */
bool sheet_click(struct list *list, unsigned y);

#endif
