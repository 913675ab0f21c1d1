/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_GROUP_GROWTH_H
#define VIEWS_TABLE_GROUP_GROWTH_H
/*
 * How groups grow.  The curves of rows are added up to those of their groups, for each
 * process separately, since each process has slices of its own; the verdicts on the
 * processes are then joined.
 */
#include "views/table/group.h"

/* Gives each group with a curve its verdict. groups[row] is the group of a row of the
 * snapshot, + 1 (0: none).  Returns the verdicts, allocated by malloc, in the places that
 * the groups' `growth` tells; NULL: out of memory. */
struct growth_verdict *grouping_judge(struct grouping *grouping, const struct snapshot *of,
				      const uint32_t *groups);

#endif
