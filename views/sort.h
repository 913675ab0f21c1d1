/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_SORT_H
#define VIEWS_SORT_H
/*
 * Rows into order: tracemalloc's by default, or a column's with tracemalloc's
 * for what is equal there.
 */
#include "views/group.h"

/* rows[i] is of groups[of[i]]; both arrays are put in order.  False: out of memory. */
bool sort_rows(const struct view *view, bool diff, const struct grouping *grouping,
	       struct row *rows, uint32_t *of, size_t length);

#endif
