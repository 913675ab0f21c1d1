/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_GROUP_GROWTH_H
#define VIEWS_TABLE_GROUP_GROWTH_H
/* How groups grow. */
#include "views/table/group.h"

/* Adds the curve of a row to the group that grouping_add said. */
void grouping_grow(struct grouping *grouping, uint32_t group, const struct growth_curve *curve);
/* The verdicts of all curves, malloced, by group's `growth`; NULL: out of memory. */
struct growth_verdict *grouping_judge(const struct grouping *grouping,
				      const struct growth_axis *axis);

#endif
