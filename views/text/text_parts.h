/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TEXT_TEXT_PARTS_H
#define VIEWS_TEXT_TEXT_PARTS_H
/* What both text formats print the same way: stacks with their source. */
#include "views/format/out.h"
#include "views/text/text.h"

struct text_style {
	text_source source;
	void *user;
	unsigned indent;                /* more spaces before each line */
	/* Shows the functions' names, as tracemalloc does not. */
	bool functions;
	bool cuts;                      /* say why frames are missing */
};

/* The whole stack of a row, oldest frame first. */
void text_stack(struct out *out, const struct table *table, const struct row *row,
		const struct text_style *style);

/* A line for each module that holds a good part of the bytes in functions without names. */
void text_put_unnamed(struct out *out, const struct table *table);

#endif
