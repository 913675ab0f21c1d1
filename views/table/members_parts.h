/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_MEMBERS_PARTS_H
#define VIEWS_TABLE_MEMBERS_PARTS_H
/* How a table that is made notes the members of its rows. */
#include "views/table/group.h"
#include "views/table/members.h"

/* For a snapshot's rows, which it retains; NULL: out of memory. */
struct members *members_new(struct snapshot *now);
/* Row i counts in a group, or its stack ends at a node: number + 1. */
void members_set(struct members *members, size_t row, uint32_t number);
/* All rows are in, and the grouping finished.  False: out of memory. */
bool members_finish(struct members *members, const struct grouping *grouping);

#endif
