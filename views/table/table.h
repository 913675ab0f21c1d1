/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_TABLE_H
#define VIEWS_TABLE_TABLE_H
/*
 * One question over one snapshot, or over two (a diff): rows in order, with
 * the totals and the provenance that every presentation needs.  The screens,
 * text, CSV and JSON all print this and compute nothing of their own.
 */
#include "views/filter/filter.h"
#include "views/row/family.h"
#include "views/row/mine.h"
#include "views/row/row.h"
#include "views/row/sum.h"
#include "views/row/view_key.h"

/* NULL with a problem (bad combination, out of memory), "" if the view's stop gave up.
 * Cumulative counts each frame of a stack, wrappers too; compat implies raw and
 * leaves out what holds no block.  A column of diffs sorts nothing else: then
 * the default order is taken.  Row tests of filters do not reach table_drill.
 * BY_TREE gives a table without rows: tree_flatten (views/table/tree.h) makes them. */
struct table *table_build(const struct view *view, struct snapshot *now, struct snapshot *old,
			  char problem[256]);
/* The field that the filters test and that the rows of such a table lack, with a
 * sentence in `problem`; NULL: there is none, and table_build does not refuse the
 * filters. */
const char *table_lacks(const struct filter_list *filters, bool diff,
			const struct snapshot *now, char problem[256]);
void table_free(struct table *table);

/* Row i < length, made when first asked for and then kept (of a tree until the next
 * tree_flatten); an empty row without memory.  table_read keeps none: for long passes. */
const struct row *table_row(const struct table *table, size_t i);
void table_read(const struct table *table, size_t i, struct row *row);

/* How much more the rows of a diff hold together than they did; at most INT64_MAX
 * either way, whatever a recording says. */
static inline int64_t table_size_diff(const struct table *table)
{
	return sum_difference(table->sum.size, table->old_sum);
}
static inline int64_t table_count_diff(const struct table *table)
{
	return sum_difference(table->sum.count, table->old_count);
}

/* Frames without a function in all stacks of the new or old snapshot: a pass over
 * them. */
uint64_t table_unresolved(const struct table *table, bool old);

/* Folders in which own code was found, or was asked for, of the new or old side; NULL:
 * own code does not name the rows. */
const struct mine *table_mine(const struct table *table, bool old);

/* A row's whole stack (or its one frame), newest first; how many. */
size_t table_frames(const struct table *table, const struct row *row, struct row_frame *frames,
		    size_t max);
/* All frames of the row's example trace (drill in), newest first; *cut or NULL: why
 * more. */
size_t table_stack(const struct table *table, const struct row *row, struct row_frame *frames,
		   size_t max, enum cut *cut);
/* The traces behind a row as a traceback table (drill in), same filters. */
struct table *table_drill(const struct table *table, const struct row *row, char problem[256]);

#endif
