/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_PARTS_H
#define VIEWS_TABLE_PARTS_H
/*
 * What a table has behind its public face: the legend that its texts point
 * into, the keys of its rows for drilling in, and the texts that it made.
 */
#include "views/group.h"

struct table_texts {
	struct table_texts *next;
	size_t used, size;
	char bytes[];
};

/* A frame as rows show it; key NULL: not asked for yet. */
struct frame_name {
	const char *key;
	struct row_frame frame;
};

struct table_parts {
	struct table table;             /* must be the first: the public pointer */
	struct legend *legend;
	struct group_key *keys;         /* of rows */
	struct table_texts *texts;
	struct tree *tree;              /* BY_TREE */
	struct frame_name *frame_names; /* by frame of the legend */
	size_t frame_names_room;
};

static inline struct table_parts *table_parts(const struct table *table)
{
	return (struct table_parts *)(uintptr_t)table;
}

static inline size_t table_nframe(const struct snapshot *snapshot)
{
	return snapshot->nframe ? snapshot->nframe : SIZE_MAX;
}

/* A row of the group, without names. */
void table_row(const struct table *table, const struct group *group, struct row *row);

/* Fills key, newest and the like of a row from its group. */
void table_name_row(struct table_parts *parts, const struct grouping *grouping,
		    const struct group *group, struct row *row);

#endif
