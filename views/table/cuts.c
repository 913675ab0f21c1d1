/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include "views/table/cuts.h"

#include "tracer/heap/catalog/stack.h"
#include "views/row/sum.h"
#include "views/row/view_key.h"
#include "views/table/table_parts.h"

/* Whether figures of the view may stand in a wrong row because frames are missing for
 * this reason. */
static bool moves(const struct view *view, enum cut cut)
{
	if (view_key_get(view->by)->of == OF_ROW)
		return false;
	if (cut == CUT_FULL)
		/* Here the newest frames are missing, which are those that name the
		 * rows. */
		return true;
	if (view->by == BY_TRACEBACK)
		/* The row shows as many frames as were asked for. */
		return cut != CUT_NFRAME;
	return view->cumulative || view->by == BY_TREE;
}

void cuts_add(struct table *table, const struct snapshot_row *row)
{
	const struct catalog *catalog = table->now->catalog;
	bool more = catalog_depth(catalog, row->trace) > table_nframe(table->now);
	enum cut cut = stack_cut(catalog, row->trace, more);

	assert((unsigned)cut < CUTS);
	if (cut != CUT_NONE && moves(&table->view, cut))
		sum_figures(&table->cut[cut], &row->figures->now);
}

enum cut cuts_why(const struct table *table, const struct row *row)
{
	const struct snapshot *from = row->from_old ? table->old : table->now;
	struct legend_side *side = legend_side(table_parts(table)->legend, from->catalog);
	struct trace_id trace = row->trace;
	size_t nframe = table_nframe(from), n = 0, length;

	if (!row->frames_length)
		return CUT_NONE;
	while (n <= nframe && legend_step(side, &trace, &length))
		n += length;
	return stack_cut(from->catalog, row->trace, n > nframe);
}

struct figures cuts_sum(const struct table *table)
{
	struct figures sum = {0};

	for (unsigned i = 0; i < CUTS; i++)
		sum_figures(&sum, &table->cut[i]);
	return sum;
}
