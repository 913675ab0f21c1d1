/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_FILTER_RUN_H
#define VIEWS_FILTER_FILTER_RUN_H
/*
 * Filters bound to the legend of one table.  A pattern meets each distinct
 * frame once, and "any frame" is known per trace node, so that keeping a trace
 * costs a few look-ups however deep its stack is.
 */
#include "views/filter/filter_tree.h"
#include "views/row/legend.h"

struct filter_run;

/* Borrows the list (NULL: no filter) and the legend.  Of the view its `raw` and
 * `any_filters` count.  Returns NULL without memory; where
 * memory runs out later, legend->failed is set. */
struct filter_run *filter_run_new(const struct filter_list *list, struct legend *legend,
				  const struct view *view);
void filter_run_free(struct filter_run *run);
/* The snapshot whose rows are judged from now on, borrowed: its look knows their types.
 * Before the first call no row has one. */
void filter_run_of(struct filter_run *run, const struct snapshot *snapshot);

/* Judges by the fields of traces alone: a test of a row field keeps every trace. */
bool filter_run_keeps(struct filter_run *run, struct legend_side *side, size_t nframe,
		      const struct snapshot_row *row);

/* "malloc", "python", "mmap", or the number of a user's domain. */
const char *filter_domain_name(unsigned domain, char text[16]);
/* "c", "c++", "rust", "python"; "" for none. */
const char *filter_lang_name(enum lang lang);

#endif
