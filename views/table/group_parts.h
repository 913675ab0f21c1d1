/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_GROUP_PARTS_H
#define VIEWS_TABLE_GROUP_PARTS_H
/* The internals of a grouping, shared by the files that count rows in its groups. */
#include "views/table/group.h"

/* What is shown for a group: a frame with what all its frames have in common, and the
 * lists of all their names. */
struct group_shown {
	struct legend_frame frame;
	uint32_t functions, modules;    /* lists in grouping->names; 0: all have the same
					 * one */
};
struct group_name {
	uint32_t string, next;          /* next 0 ends the list */
};

/* The group of a frame (by line, file, function, module), which is made if it does not
 * exist yet.  NULL: out of memory, legend->failed is set. */
struct group *group_of_frame(struct grouping *grouping, uint32_t frame);

/* Prefetches a group that is needed soon, since groups are met in an order that the
 * processor cannot predict. */
__attribute__((always_inline))
static inline void group_fetch(const struct group *group)
{
	for (size_t at = 0; at < sizeof(*group); at += 64)
		__builtin_prefetch((const char *)group + at, 1);
}

/* Counts a row in its one group, a few calls later.  Returns the group's number, + 1; 0:
 * out of memory. */
uint32_t group_count_row(struct grouping *grouping, struct legend_side *side, size_t nframe,
			 const struct snapshot_row *row, bool old);

/* Counts a row in a group; `before` is the row's bytes at the earlier moment.  If out of
 * memory, sets legend->failed. */
void group_count(struct grouping *grouping, struct group *group,
		 const struct snapshot_row *row, uint64_t before, bool old);

/* Adds everything that another group of the grouping holds.  If out of memory, sets
 * legend->failed. */
void group_merge(struct grouping *grouping, struct group *to, const struct group *from);

/* The older of two values of a group's `first`; AGE_UNKNOWN if either is. */
static inline uint64_t group_first(uint64_t a, uint64_t b)
{
	if (!a || !b)
		return a ? a : b;
	if (a == AGE_UNKNOWN || b == AGE_UNKNOWN)
		return AGE_UNKNOWN;
	return a < b ? a : b;
}

/* Notes one more name of a group.  `first` is the name that it was given first; *list is
 * the list of its names, 0 while it has only that one. */
void group_note_name(struct grouping *grouping, uint32_t *list, uint32_t first, uint32_t string);
/* Returns the string with all names of a list, beginning with that of `heaviest`. */
uint32_t group_join_names(struct grouping *grouping, uint32_t list, uint32_t heaviest);

#endif
