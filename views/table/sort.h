/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_SORT_H
#define VIEWS_TABLE_SORT_H
/*
 * Puts rows in order: tracemalloc's order by default, or that of a column with
 * tracemalloc's order among rows that are equal in the column.
 */
#include "views/table/table_parts.h"

/* Sorts the numbers of groups.  False: out of memory, or the view's stop gave up. */
bool sort_groups(struct table_parts *parts, const struct grouping *grouping, uint32_t *numbers,
		 size_t length);

/* Whether group a goes before group b. */
bool sort_before(struct table_parts *parts, const struct grouping *grouping, uint32_t a,
		 uint32_t b);

#endif
