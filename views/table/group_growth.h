/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_GROUP_GROWTH_H
#define VIEWS_TABLE_GROUP_GROWTH_H
/*
 * How groups grow.  Curves of rows add up to those of their groups, process by process,
 * as each has slices of its own; what the judge says of them is joined.
 */
#include "views/table/group.h"

/* Gives each group with a curve its verdict.  `groups`: of each row of the snapshot, + 1
 * (0: none).  The verdicts, malloced, by group's `growth`; NULL: out of memory. */
struct growth_verdict *grouping_judge(struct grouping *grouping, const struct snapshot *of,
				      const uint32_t *groups);

#endif
