/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TABLE_TABLE_H
#define VIEWS_TABLE_TABLE_H
/*
 * The answer to one question about one snapshot, or about two (a diff): rows in order,
 * with the totals and the origin that every presentation needs.  The screens, text, CSV
 * and JSON all print this and compute nothing of their own.
 */
#include "views/filter/filter.h"
#include "views/row/family.h"
#include "views/row/mine.h"
#include "views/row/row.h"
#include "views/row/sum.h"
#include "views/row/view_key.h"

/* Returns NULL with a problem (bad combination, out of memory), which is "" if the view's
 * stop gave up.  A cumulative view counts each frame of a stack, wrappers too; compat
 * implies raw, and leaves out what holds no block.  Columns of diffs cannot sort other
 * tables, for which the default order is used then.  The row tests of filters do not
 * apply to table_drill.  BY_TREE gives a table without rows: tree_flatten
 * (views/table/tree.h) makes them. */
struct table *table_build(const struct view *view, struct snapshot *now, struct snapshot *old,
			  char problem[256]);
/* The first field that the filters test and that the rows of such a table lack, with a
 * sentence in `problem`.  NULL: there is none, and table_build does not refuse the
 * filters. */
const char *table_lacks(const struct filter_list *filters, bool diff,
			const struct snapshot *now, char problem[256]);
void table_free(struct table *table);

/* Row i < length, made when it is first asked for and then kept (in a tree until the next
 * tree_flatten); an empty row if out of memory. table_read keeps no rows, and is for
 * passes over long tables. */
const struct row *table_row(const struct table *table, size_t i);
void table_read(const struct table *table, size_t i, struct row *row);

/* A search, which goes over the rows in slices: a million take longer than a key may wait. */
struct row_search {
	const char *text;               /* case counts only if it has a capital */
	size_t from;                    /* the row where the search begins */
	bool before;                    /* upwards */
	bool here;                      /* that row counts too */
	/* How far it has come; all zero before the first slice. */
	unsigned char *names;           /* owned: what is known of the legend's frames */
	size_t names_length, compared;
	size_t rows;                    /* how many were searched */
	bool begun, named;              /* named: some frame has the text */
	bool over;                      /* there is no row left to search */
};
/* Searches the next `most` rows, or names, in the same table as before.  The first row
 * whose key, function or file contains the text, past the end again from the other one;
 * SIZE_MAX: none of them does, and if `over` is not set, there are others. */
size_t table_search(const struct table *table, struct row_search *search, size_t most);
/* Frees what it holds; it can begin anew then. */
void table_search_end(struct row_search *search);

/* How many more bytes all rows of a diff hold together than on the old side, limited to
 * INT64_MAX in either direction whatever a recording says. */
static inline int64_t table_size_diff(const struct table *table)
{
	return sum_difference(table->sum.size, table->old_sum);
}
static inline int64_t table_count_diff(const struct table *table)
{
	return sum_difference(table->sum.count, table->old_count);
}

/* How many frames without a function there are in all stacks of the new or old snapshot,
 * which takes a pass over all of them. */
uint64_t table_unresolved(const struct table *table, bool old);

/* The folders of own code, found or asked for, of the new or old side; NULL: own code
 * does not name the rows. */
const struct mine *table_mine(const struct table *table, bool old);
/* Whether own code is to name the rows, of which there are some, and no stack has any. */
bool table_mine_none(const struct table *table);

/* A row's whole stack (or its one frame), newest first.  Returns the number of frames. */
size_t table_frames(const struct table *table, const struct row *row, struct row_frame *frames,
		    size_t max);
/* All frames of the row's example trace (drill in), newest first. *cut is set to the
 * reason why older frames are missing, or to NULL. */
size_t table_stack(const struct table *table, const struct row *row, struct row_frame *frames,
		   size_t max, enum cut *cut);
/* A traceback table of the traces behind a row (drill in), with the same filters. */
struct table *table_drill(const struct table *table, const struct row *row, char problem[256]);

#endif
