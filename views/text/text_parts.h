/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TEXT_TEXT_PARTS_H
#define VIEWS_TEXT_TEXT_PARTS_H
/* What both text formats have in common: stacks with their source lines. */
#include "views/format/out.h"
#include "views/text/text.h"

struct text_style {
	text_source source;
	void *user;
	unsigned indent;                /* more spaces before each line */
	/* Writes the functions' names, which tracemalloc does not. */
	bool functions;
	bool cuts;                      /* writes why frames are missing */
};

/* Writes the whole stack of a row, oldest frame first. */
void text_stack(struct out *out, const struct table *table, const struct row *row,
		const struct text_style *style);

/* Writes the tree of holders, with a header. */
void text_put_holders(struct out *out, const struct table *table);

/* Writes a line for each module that has a large part of the bytes in functions without
 * names. */
void text_put_unnamed(struct out *out, const struct table *table);

#endif
