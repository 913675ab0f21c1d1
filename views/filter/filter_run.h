/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_FILTER_RUN_H
#define VIEWS_FILTER_FILTER_RUN_H
/*
 * Filters bound to the legend of one table.  Each pattern is tested only once against
 * each distinct frame, and answers for "any frame" are remembered for each trace node, so
 * that testing a trace takes a few look-ups however deep its stack is.
 */
#include "views/filter/filter_tree.h"
#include "views/row/legend.h"

struct filter_run;

/* Borrows the list (NULL: no filter) and the legend.  Of the view it uses `raw` and
 * `any_filters`.  Returns NULL if out of memory; if memory runs out later, legend->failed
 * is set. */
struct filter_run *filter_run_new(const struct filter_list *list, struct legend *legend,
				  const struct view *view);
void filter_run_free(struct filter_run *run);
/* Sets the snapshot, borrowed, whose rows are tested from now on; its look provides their
 * types.  Before the first call no row has a type. */
void filter_run_of(struct filter_run *run, const struct snapshot *snapshot);

/* Tests only the fields of traces: a test of a row field keeps every trace. */
bool filter_run_keeps(struct filter_run *run, struct legend_side *side, size_t nframe,
		      const struct snapshot_row *row);

/* "malloc", "python", "mmap", or the number of a user's domain. */
const char *filter_domain_name(unsigned domain, char text[16]);
/* "c", "c++", "rust", "python"; "" for none. */
const char *filter_lang_name(enum lang lang);

#endif
