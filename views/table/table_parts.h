/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_TABLE_PARTS_H
#define VIEWS_TABLE_TABLE_PARTS_H
/*
 * The internals of a table: the legend that its texts point into, the groups from which
 * rows are made when they are asked for, and the texts that it made itself.
 */
#include "views/table/group.h"

struct table_texts {
	struct table_texts *next;
	size_t used, size;
	char bytes[];
};

/* A frame as rows show it; key is NULL until it is asked for. */
struct frame_name {
	const char *key;
	struct row_frame frame;
};

struct table_parts {
	struct table table;             /* must be the first: the public pointer */
	struct legend *legend;
	bool stopped;                   /* the view's stop gave the table up */
	struct group *groups;           /* the groups that rows are made from */
	struct growth_verdict *verdicts;        /* by the groups' `growth`; NULL: none */
	struct looked_list looked;      /* what a look found of the groups */
	uint32_t *order;                /* by row: its group */
	struct row **pages;             /* the rows made so far, ROWS_PAGE at a time */
	size_t pages_length;
	struct row *laid;               /* BY_TREE: the rows of the last tree_flatten */
	size_t laid_room;
	struct table_texts *texts;
	struct tree *tree;              /* BY_TREE */
	struct members *members;        /* views/table/members.h; or NULL */
	uint64_t *told;                 /* BY_TYPE: by group, the bytes of its members */
	size_t told_room;
	uint32_t *part_groups;          /* by part of the look: group + 1; NULL: the types
					 * are not known, or rows share blocks */
	struct frame_name *frame_names; /* by frame of the legend */
	size_t frame_names_room;
};

#define ROWS_PAGE 64u

static inline struct table_parts *table_parts(const struct table *table)
{
	return (struct table_parts *)(uintptr_t)table;
}

/* The view's stop is asked once in this many steps, which take no noticeable time. */
#define ASK_EVERY 1024u

/* Whether to give up; asked before step i of many.  If true, what was made so far cannot
 * be used. */
static inline bool table_stopped(struct table_parts *parts, size_t i)
{
	const struct view *view = &parts->table.view;

	if (i % ASK_EVERY == 0 && !parts->stopped && view->stop)
		parts->stopped = view->stop(view->stop_user);
	return parts->stopped;
}

static inline size_t table_nframe(const struct snapshot *snapshot)
{
	return snapshot->nframe ? snapshot->nframe : SIZE_MAX;
}

/* A row of the group, without names. */
void table_make_row(const struct table *table, const struct group *group, struct row *row);

/* Writes down the table's members (views/table/table_members.h): to be called before rows
 * are counted; for each counted row of the new side, with its group + 1; and after the
 * last. */
void table_members_begin(struct table_parts *parts);
void table_members_add(struct table_parts *parts, struct grouping *grouping,
		       struct legend_side *side, size_t row, uint32_t group);
void table_members_end(struct table_parts *parts, const struct grouping *grouping);

/* The names of a frame of the legend as rows show it. */
const struct frame_name *table_name_frame(struct table_parts *parts, uint32_t frame);
/* Fills the names of a row (key, newest, ...) from its group. */
void table_name_row(struct table_parts *parts, const struct group *group, struct row *row);

#endif
