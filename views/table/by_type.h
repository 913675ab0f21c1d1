/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_BY_TYPE_H
#define VIEWS_TABLE_BY_TYPE_H
/* Snapshots whose rows each have a single type, holder or arena, so that these are
 * grouped, drilled into and filtered like any other key. */
#include "views/table/group.h"

/* Whether a part is at least 95 % of a whole.  It need not be all, since at any time a
 * few blocks have been allocated but not been given their type yet. */
static inline bool by_type_nearly(uint64_t part, uint64_t whole)
{
	return part >= whole - whole / 20;
}
/* True of BY_TYPE, BY_HOLDER and BY_ARENA. */
bool by_type_splits(enum view_key by);
/* True if a table of the view needs such a snapshot and `now` is not one.  Tables by
 * type, holder or arena need it, and those whose filters ask for the type of blocks. */
bool by_type_needed(const struct view *view, const struct snapshot *now);
/* The same moment, split into finer rows.  By type there is a row for each part and type,
 * with sizes, counts and what the look found, and nothing else; by holder, a row for each
 * part and the root that alone holds its blocks; by arena, one for each row and arena,
 * with sizes and counts.  The caller gets one reference.  NULL: out of memory. */
struct snapshot *by_type_split(enum view_key by, const struct snapshot *snapshot);
/* The type, holder or arena of a row of such a snapshot. */
const char *by_type_name(const struct snapshot *snapshot, const struct snapshot_row *row);

/* Why there can't be a table by type, holder or arena, one that shows holders as a tree, or
 * one with filters that ask for types, written into `problem`; NULL if there can. */
const char *by_type_refused(const struct view *view, const struct snapshot *now,
			    const struct snapshot *old, char problem[256]);

/* The group + 1 of each part of the look, given the groups + 1 of the snapshot's rows.
 * NULL: out of memory. */
uint32_t *by_type_part_groups(const struct snapshot *snapshot, const uint32_t *groups);
/* Adds what each group retains, where a look knows it: everything below those nodes of
 * the dominator tree that are in the group and have no other node of the group above
 * them.  If out of memory, sets legend->failed. */
void by_type_retain(const struct snapshot *snapshot, const uint32_t *part_groups,
		    struct grouping *grouping);
/* Notes for each group the type that has the most of its bytes.  The names belong to the
 * look.  False: out of memory. */
bool by_type_most(const struct snapshot *snapshot, const uint32_t *part_groups,
		  struct grouping *grouping);

#endif
