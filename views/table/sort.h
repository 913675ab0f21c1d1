/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_SORT_H
#define VIEWS_TABLE_SORT_H
/*
 * Puts rows in order: tracemalloc's by default, or that of a column, and tracemalloc's
 * among rows that are equal there.
 */
#include "views/table/table_parts.h"

/* Puts the numbers of groups in order.  False: out of memory, or given up. */
bool sort_groups(struct table_parts *parts, const struct grouping *grouping, uint32_t *numbers,
		 size_t length);

/* Whether group a goes before group b. */
bool sort_before(struct table_parts *parts, const struct grouping *grouping, uint32_t a,
		 uint32_t b);

#endif
