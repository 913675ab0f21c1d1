/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DETAIL_DETAIL_H
#define TUI_DETAIL_DETAIL_H
/*
 * What is known about the selected row, in the part of the window that its table leaves:
 * the verdict on its growth and what else could look like it, who holds its blocks if
 * that is known, what it holds and how old that is, the source line in its context, the
 * evidence for the verdict, and its stack.  Each is a paragraph (listed in detail.c),
 * drawn one below the other as far as there is room; in a wide window the stack is beside
 * the others.
 */
#include "tui/base/canvas.h"
#include "views/table/table.h"

struct source_lines;

struct detail {
	const struct table *table;
	const struct row *row;
	const struct growth_verdict *verdict;   /* or NULL */
	double judged_at;               /* when it was made, if later than the table; else
					 * 0 */
	struct source_lines *source;    /* lines that are missing here will be read */
	bool ascii;
	bool live;                      /* a look can be asked for, to tell who holds
					 * blocks */
};

/* The least height of the pane, below which it would not be worth its space. */
#define DETAIL_LEAST 4u
/* Draws as much as fits into the area.  The first line is a title. */
void detail_draw(const struct detail *detail, struct canvas *canvas, struct area area);

#endif
