/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_BY_TYPE_H
#define VIEWS_TABLE_BY_TYPE_H
/* A snapshot whose rows are of one type, holder or arena each, so that they are grouped,
 * drilled into and filtered as any others. */
#include "views/table/group.h"

/* Whether a look found out what the snapshot's blocks are. */
bool by_type_known(const struct snapshot *snapshot);
/* At least 95 % of a whole: a few blocks are always about to become what they will be. */
static inline bool by_type_nearly(uint64_t part, uint64_t whole)
{
	return part >= whole - whole / 20;
}
/* True of BY_TYPE, BY_HOLDER and BY_ARENA. */
bool by_type_splits(enum view_key by);
/* True if a table of the view needs such a snapshot, and `now` is none: one by type,
 * holder or arena, and one whose filters ask for the type of blocks. */
bool by_type_needed(const struct view *view, const struct snapshot *now);
/* The same moment with a row for each part and type, which has sizes, counts and what the
 * look found, and nothing else; or for each part and the root that alone holds the
 * blocks, or each row and arena, which has sizes and counts.  Counted; NULL: out of
 * memory. */
struct snapshot *by_type_split(enum view_key by, const struct snapshot *snapshot);
/* The type, holder or arena of a row of such a snapshot. */
const char *by_type_name(const struct snapshot *snapshot, const struct snapshot_row *row);

/* Why a table by type, holder or arena, or with filters that ask for types, can't be, in
 * `problem`; NULL: it can. */
const char *by_type_refused(const struct view *view, const struct snapshot *now,
			    const struct snapshot *old, char problem[256]);

/* The group + 1 of each of a look's parts, by the groups + 1 of the snapshot's rows.
 * NULL: out of memory. */
uint32_t *by_type_part_groups(const struct snapshot *snapshot, const uint32_t *groups);
/* Adds what groups retain, where a look knows it: all that hangs in the dominator tree
 * from nodes of the group that have none of it above them. */
void by_type_retain(const struct snapshot *snapshot, const uint32_t *part_groups,
		    struct group *groups);
/* The type of most bytes of each group, and the groups' `type`, which is a place in it +
 * 1. Names are the look's.  NULL: out of memory. */
struct row_type *by_type_most(const struct snapshot *snapshot, const uint32_t *part_groups,
			      struct group *groups, size_t groups_length);

#endif
