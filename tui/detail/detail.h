/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DETAIL_DETAIL_H
#define TUI_DETAIL_DETAIL_H
/*
 * What a row says about itself, in the part of the window that its table leaves: the
 * verdict on its growth and what could look like it, who holds its blocks where that is
 * known, what it holds and how old that is, the source line in its context, the verdict's
 * evidence, its stack. Each is a paragraph (detail.c has the list of them), drawn one below the
 * other as far as there is room; in a wide window the stack stands beside the others.
 */
#include "tui/base/canvas.h"
#include "views/table/table.h"

struct source_lines;

struct detail {
	const struct table *table;
	const struct row *row;
	const struct growth_verdict *verdict;   /* or NULL */
	double judged_at;               /* of it, where the table is of an earlier moment; else 0 */
	struct source_lines *source;    /* may lack lines: they are wanted then */
	bool ascii;
	bool live;                      /* who holds the row's blocks can be asked */
};

/* Rows that the pane needs at least; with fewer it is not worth its place. */
#define DETAIL_LEAST 4u
/* Draws all that fits into the area, whose first line is a title. */
void detail_draw(const struct detail *detail, struct canvas *canvas, struct area area);

#endif
