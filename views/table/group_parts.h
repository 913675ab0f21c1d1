/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_GROUP_PARTS_H
#define VIEWS_TABLE_GROUP_PARTS_H
/* The inside of a grouping, for the files that count rows in its groups. */
#include "views/table/group.h"

/* The frame that is shown for a group: what all its frames have in common, and all of
 * their names. */
struct group_shown {
	struct legend_frame frame;
	uint32_t functions, modules;    /* lists of grouping->names; 0: all have the same */
};
struct group_name {
	uint32_t string, next;          /* next: 0 ends */
};

/* The group of a frame (by line, file, function, module), made if it is not there.
 * NULL: out of memory, legend->failed. */
struct group *group_of_frame(struct grouping *grouping, uint32_t frame);

/* Groups are met in no order that the processor could foresee: prefetches one that is
 * needed soon. */
__attribute__((always_inline))
static inline void group_fetch(const struct group *group)
{
	for (size_t at = 0; at < sizeof(*group); at += 64)
		__builtin_prefetch((const char *)group + at, 1);
}

/* Counts a row in the one group that it has, some calls later; the group's number, +
 * 1, or 0: out of memory. */
uint32_t group_count_row(struct grouping *grouping, struct legend_side *side, size_t nframe,
			 const struct snapshot_row *row, bool old);

/* Counts a row in a group; `before`: its bytes at the moment before. */
void group_count(const struct grouping *grouping, struct group *group,
		 const struct snapshot_row *row, uint64_t before, bool old);

/* Counts all that another group holds. */
void group_merge(struct group *to, const struct group *from);

/* The older of two `first` of a group; AGE_UNKNOWN if one of them is. */
static inline uint64_t group_first(uint64_t a, uint64_t b)
{
	if (!a || !b)
		return a ? a : b;
	if (a == AGE_UNKNOWN || b == AGE_UNKNOWN)
		return AGE_UNKNOWN;
	return a < b ? a : b;
}

/* Notes a name of a group: `first` is the one it had, *list those of a group that has
 * several (0: one). */
void group_note_name(struct grouping *grouping, uint32_t *list, uint32_t first, uint32_t string);
/* The string of a list's names, that of `heaviest` first. */
uint32_t group_join_names(struct grouping *grouping, uint32_t list, uint32_t heaviest);

#endif
