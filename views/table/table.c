/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a table is made: each trace of each snapshot that passes the filters is counted in
 * its group; groups become rows; then row tests, order and limit are applied.
 */
#include "views/table/table.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "views/table/by_type.h"
#include "views/table/cuts.h"
#include "views/table/group_growth.h"
#include "views/filter/filter_run.h"
#include "views/members/earlier.h"
#include "views/table/sort.h"
#include "views/row/sum.h"
#include "views/table/table_members.h"
#include "views/table/table_parts.h"
#include "views/table/tree_parts.h"

/* When drilling in: the row of another table whose traces are the only ones to count. */
struct within {
	struct grouping *grouping;
	struct group_key key;
};

struct work {
	struct table_parts *parts;
	struct table *table;
	struct filter_run *run;
	struct grouping grouping;
	struct within *within;          /* NULL: none */
	uint32_t *kept;                 /* groups that become rows */
	uint32_t *groups[2];            /* group + 1 of each row, by side; NULL where
					 * neither row tests nor curves nor the look ask
					 * for it */
	struct earlier earlier;         /* the moment that rates are computed from */
};

static bool table_counts(const struct view *view, const struct snapshot_row *row)
{
	if (view->counted && snapshot_row_maps(row))
		return false;
	/* tracemalloc has no rows for stacks whose blocks have all been freed. */
	const struct figures *now = &row->figures->now;

	return now->count || (!view->compat && now->allocations);
}

static bool table_keeps(struct work *work, struct legend_side *side, size_t nframe,
			const struct snapshot_row *row)
{
	return table_counts(&work->table->view, row) &&
	       (!work->within || grouping_has(work->within->grouping, side, nframe, row,
					      work->within->key)) &&
	       filter_run_keeps(work->run, side, nframe, row);
}

/* Adds up the births of everything that the table keeps; where row tests drop rows this
 * is not needed.  Where another curve has a later last census, the bins of this one are
 * shorter than the table's, and are spread over them. */
static void sum_births(struct table *table, const struct snapshot_growth *of,
		       const struct growth_curve *curve)
{
	double scale = of->axis.now / table->births_at;

	for (unsigned i = 0; i < GROWTH_BINS; i++) {
		double from = i * scale, to = (i + 1) * scale;

		for (unsigned n = (unsigned)from; n < GROWTH_BINS && n < to; n++) {
			double share = (fmin(to, n + 1) - fmax(from, n)) / scale;

			table->births[n] += (float)(curve->births[i] * share);
		}
	}
}

static void find_births(struct work *work)
{
	struct table *table = work->table;

	table->births_at = snapshot_census(table->now);
	for (const struct snapshot_growth *of = table->now->growth; of; of = of->next) {
		if (of->lost)
			table->births_at = 0;
		for (size_t i = 0; table->births_at > 0 && i < of->length; i++)
			if (work->groups[0][of->rows[i].row])
				sum_births(table, of, &of->rows[i].curve);
	}
}

static void sum_row(struct table *table, const struct snapshot_row *row, bool old)
{
	const struct row_figures *from = row->figures;

	if (old) {
		figure_add(&table->old_sum, from->now.size);
		figure_add(&table->old_count, from->now.count);
	} else {
		sum_figures(&table->sum, &from->now);
		if (table->now->look)
			sum_look(&table->look, &table->now->look->rows[row - table->now->rows]);
		cuts_add(table, row);
		for (unsigned i = 0; i < SIZE_CLASSES; i++)
			table->sizes[i] += from->sizes[i];
	}
}

static bool grows(const struct table *table)
{
	return column_shown(column_get(COLUMN_GROWTH), table);
}

/* Makes the verdicts, which must be done before anything is ordered by them.  False: out
 * of memory. */
static bool judge(struct work *work)
{
	if (!work->groups[0] || !grows(work->table))
		return true;
	work->parts->verdicts = grouping_judge(&work->grouping, work->table->now,
					       work->groups[0]);
	return work->parts->verdicts;
}

/* Counts all rows of a snapshot.  False: the view's stop gave up. */
static bool add_snapshot(struct work *work, const struct snapshot *snapshot, bool old)
{
	struct legend_side *side = legend_side(work->parts->legend, snapshot->catalog);
	size_t nframe = table_nframe(snapshot);

	filter_run_of(work->run, snapshot);
	for (size_t i = 0; i < snapshot->rows_length; i++) {
		const struct snapshot_row *row = &snapshot->rows[i];

		if (table_stopped(work->parts, i))
			return false;
		work->grouping.before = old ? 0 : earlier_size(&work->earlier, row);
		if (!table_keeps(work, side, nframe, row))
			continue;
		uint32_t group = grouping_add(&work->grouping, side, nframe, row, old);

		if (work->groups[old])
			work->groups[old][i] = group;
		if (!old)
			table_members_add(work->parts, &work->grouping, side, i, group);
		sum_row(work->table, row, old);
	}
	return true;
}

/* Whether a counted row of a snapshot belongs to a group that the table shows. */
static bool is_shown(struct work *work, struct legend_side *side, size_t nframe,
		     const struct snapshot_row *row, uint32_t group)
{
	if (work->table->view.cumulative)
		return table_keeps(work, side, nframe, row) &&
		       grouping_shows(&work->grouping, side, nframe, row);
	return group && !work->grouping.groups[group - 1].dropped;
}

/* Computes the sums again from the rows that are left, after row tests have dropped
 * groups. */
static void sum_again(struct work *work, const struct snapshot *snapshot, bool old)
{
	struct legend_side *side = legend_side(work->parts->legend, snapshot->catalog);
	size_t nframe = table_nframe(snapshot);

	filter_run_of(work->run, snapshot);
	for (size_t i = 0; i < snapshot->rows_length; i++) {
		const struct snapshot_row *row = &snapshot->rows[i];

		if (is_shown(work, side, nframe, row, work->groups[old][i]))
			sum_row(work->table, row, old);
	}
}

static void fix_sums(struct work *work)
{
	struct table *table = work->table;

	table->sum = (struct figures){0};
	table->look = (struct look_figures){0};
	memset(table->cut, 0, sizeof(table->cut));
	memset(table->sizes, 0, sizeof(table->sizes));
	table->old_sum = table->old_count = 0;
	sum_again(work, table->now, false);
	if (table->old)
		sum_again(work, table->old, true);
}

static bool has_tests(const struct work *work)
{
	return !work->within && filters_have_row_tests(work->table->view.filters);
}

/* Whether the look can tell what rows consist of: it knows types, and each block is in
 * one row only. */
static bool knows_parts(const struct table *table)
{
	const struct snapshot_look *look = table->now->look;

	return look && look->types && !look->sizes_alone && !table->view.cumulative &&
	       table->view.by != BY_TREE;
}

/* Adds what the parts of a look tell of the rows.  False: out of memory. */
static bool table_add_parts(struct work *work)
{
	struct table_parts *parts = work->parts;
	const struct snapshot *now = work->table->now;
	struct grouping *grouping = &work->grouping;

	if (!knows_parts(work->table))
		return true;
	parts->part_groups = by_type_part_groups(now, work->groups[0]);
	if (!parts->part_groups)
		return false;
	if (now->look->held)
		by_type_retain(now, parts->part_groups, grouping);
	return by_type_most(now, parts->part_groups, grouping) && !grouping->legend->failed;
}

/* Makes room for the groups of rows.  False: out of memory. */
static bool begin_groups(struct work *work)
{
	const struct snapshot *now = work->table->now, *old = work->table->old;
	bool tests = has_tests(work), asked = tests || now->growth || knows_parts(work->table);
	size_t before = old ? old->rows_length : 0;

	if (asked)
		work->groups[0] = calloc(now->rows_length + 1, sizeof(uint32_t));
	if (tests)
		work->groups[1] = calloc(before + 1, sizeof(uint32_t));
	return (work->groups[0] || !asked) && (work->groups[1] || !tests);
}

/* Sorts the groups that row tests keep.  False: out of memory, or the view's stop gave
 * up. */
static bool order_groups(struct work *work)
{
	struct table *table = work->table;
	struct grouping *grouping = &work->grouping;
	bool tests = has_tests(work);
	uint64_t size = 0, old_size = 0;
	size_t n = 0;

	work->kept = malloc((grouping->length + 1) * sizeof(*work->kept));
	if (!work->kept)
		return false;
	for (size_t i = 0; i < grouping->length; i++) {
		struct group *group = &grouping->groups[i];
		struct row row;

		if (table_stopped(work->parts, i))
			return false;
		if (tests) {
			table_make_row(table, group, &row);
			group->dropped = !filters_keep_row(table->view.filters, &row);
		}
		if (group->dropped)
			continue;
		figure_add(&size, group->now.size);
		figure_add(&old_size, table->diff ? group->was : 0);
		work->kept[n++] = (uint32_t)i;
	}
	table->total_rows = n;
	if (n < grouping->length)
		fix_sums(work);
	/* Each trace is in exactly one row, unless the view is cumulative. */
	assert(table->view.cumulative || (size == table->sum.size && old_size == table->old_sum));
	return sort_groups(work->parts, grouping, work->kept, n);
}

/* Keeps the groups with the table, because a row is made from its group only when it is
 * asked for. */
static bool keep_groups(struct work *work)
{
	struct table *table = work->table;
	struct table_parts *parts = work->parts;
	size_t length = table->total_rows;

	if (table->view.limit && length > table->view.limit)
		length = table->view.limit;
	table->length = length;
	parts->pages_length = length / ROWS_PAGE + 1;
	parts->pages = calloc(parts->pages_length, sizeof(*parts->pages));
	parts->groups = work->grouping.groups;
	parts->order = work->kept;
	work->grouping.groups = NULL;
	work->kept = NULL;
	return parts->pages;
}

static bool table_fill(struct work *work)
{
	struct table *table = work->table;
	struct legend *legend = work->parts->legend;

	work->run = filter_run_new(table->view.filters, legend, &table->view);
	if (!grouping_init(&work->grouping, &table->view, legend, table->now, table->old) ||
	    !work->run || !begin_groups(work))
		return false;
	work->grouping.looked = &work->parts->looked;
	table_members_begin(work->parts);
	if (!earlier_begin(&work->earlier, table->view.before, table->now) ||
	    !add_snapshot(work, table->now, false))
		return false;
	if (earlier_cleared(&work->earlier))
		table->seconds = 0;
	if (table->old && !add_snapshot(work, table->old, true))
		return false;
	if (legend->failed)
		return false;
	grouping_finish(&work->grouping);
	find_births(work);
	table_members_end(work->parts, &work->grouping);
	if (!table_add_parts(work))
		return false;
	if (table->view.by == BY_TREE)
		return !legend->failed && tree_make(work->parts, &work->grouping);
	return !legend->failed && judge(work) && order_groups(work) && keep_groups(work) &&
	       !legend->failed;
}

/* The time between the two moments that a rate is computed from; 0: there is no rate. */
static double rate_seconds(const struct view *view, const struct snapshot *now,
			   const struct snapshot *old)
{
	const struct snapshot *from = old ? old : view->before;

	if (!from || !(now->time > from->time) || (from->kind == MOMENT_PEAK && from->time <= 0))
		return 0;
	if (from->catalog != now->catalog && !(old && view->same_run))
		return 0;
	return now->time - from->time;
}

/* Returns NULL with a problem, which is "" if the view's stop gave up. */
static struct table *build(const struct view *view, struct snapshot *now, struct snapshot *old,
			   struct legend *legend, struct within *within, char problem[256])
{
	struct table_parts *parts = calloc(1, sizeof(*parts));
	const struct column *column = column_get(view->sort);
	struct work work = {.parts = parts, .within = within};
	bool ok;

	/* It stays empty until something fails: an empty problem says that the table was
	 * given up. */
	snprintf(problem, 256, "%s", parts ? "" : "out of memory");
	if (!parts)
		return NULL;
	work.table = &parts->table;
	parts->legend = legend_retain(legend);
	parts->table = (struct table){.view = *view, .diff = old != NULL};
	parts->table.now = snapshot_retain(now);
	parts->table.old = old ? snapshot_retain(old) : NULL;
	parts->table.view.raw = view->raw || view->compat;
	parts->table.view.mine = legend->mine.on ? &legend->mine : NULL;
	parts->table.seconds = rate_seconds(view, now, old);
	parts->table.view.before = old || parts->table.seconds <= 0 ? NULL : view->before;
	if (column && (!column_shown(column, &parts->table) || !column_known(column, &parts->table)))
		parts->table.view.sort = COLUMN_DEFAULT;
	/* Registers both catalogs with the legend before any trace is looked up in it. */
	legend_side(legend, now->catalog);
	if (old)
		legend_side(legend, old->catalog);
	ok = table_fill(&work);
	parts->table.view.before = NULL;
	parts->table.view.stop = NULL;
	grouping_free(&work.grouping);
	filter_run_free(work.run);
	free(work.kept);
	free(work.groups[0]);
	free(work.groups[1]);
	earlier_free(&work.earlier);
	if (!ok && !parts->stopped)
		snprintf(problem, 256, "out of memory");
	if (ok)
		return &parts->table;
	table_free(&parts->table);
	return NULL;
}

const char *table_lacks(const struct filter_list *filters, bool diff,
			const struct snapshot *now, char problem[256])
{
	const struct {
		const char *field, *lacks;
	} tests[] = {
		{diff ? NULL : filters_diff_field(filters), "only a diff of two moments has"},
		{now->kind == MOMENT_TICK ? filters_snapshot_field(filters) : NULL,
		 "a moment of the history does not have; name a snapshot"},
		{now->ageless ? filters_age_field(filters) : NULL,
		 "this moment does not have: an older memtop recorded it"},
		{now->growth && !diff ? NULL : filters_growth_field(filters),
		 "only single moments have: live, snapshots and the end"},
		{now->look ? NULL : filters_look_field(filters),
		 "only a look at the heap finds: name a moment that has one (memtop ctl PID heap "
		 "takes it)"},
		{look_retains(now->look) ? NULL : filters_retained_field(filters),
		 "only a look for holders finds: H, or memtop ctl PID held, takes one"},
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		if (tests[i].field) {
			snprintf(problem, 256, "the filter asks for %s, which %s", tests[i].field,
				 tests[i].lacks);
			return tests[i].field;
		}
	return NULL;
}

static bool check_view(const struct view *view, bool diff, const struct snapshot *now,
		       char problem[256])
{
	enum view_key_of of = view_key_get(view->by)->of;
	const char *growth = view->cumulative || of == OF_TREE ?
				     filters_growth_field(view->filters) : NULL;

	problem[0] = '\0';
	if (view->cumulative && of == OF_TREE)
		snprintf(problem, 256, "a tree is cumulative as it is, since each row holds what "
				       "was allocated in all that it called: leave --cumulative out");
	else if (view->cumulative && of != OF_FRAME)
		snprintf(problem, 256, "cumulative counts lines, files, functions or modules "
				       "and cannot be used by %s", view_key_name(view->by));
	else if (growth)
		snprintf(problem, 256, "the filter asks for %s, which cumulative tables and trees "
				       "do not have", growth);
	else
		return !table_lacks(view->filters, diff, now, problem);
	return false;
}

/* Makes a table of snapshots that are as the view needs them. */
static struct table *build_alone(const struct view *view, struct snapshot *now,
				 struct snapshot *old, char problem[256])
{
	struct legend *legend = legend_new();
	struct table *table;

	if (!legend)
		snprintf(problem, 256, "out of memory");
	if (legend && view->mine)
		legend->mine = *view->mine;
	table = legend ? build(view, now, old, legend, NULL, problem) : NULL;
	legend_release(legend);
	return table;
}

/* Splits both sides, so that each row has a single type, holder or arena, and makes the
 * table of those. */
static struct table *build_split(const struct view *view, struct snapshot *now,
				   struct snapshot *old, char problem[256])
{
	struct snapshot *split_now, *split_old;
	struct view split = *view;
	struct table *table = NULL;

	split.before = NULL;
	split.members = view->members && view->by == BY_TYPE;
	split_now = by_type_split(view->by, now);
	split_old = old ? by_type_split(view->by, old) : NULL;
	if (split_now && (split_old || !old))
		table = build_alone(&split, split_now, split_old, problem);
	else
		snprintf(problem, 256, "out of memory");
	snapshot_release(split_now);
	snapshot_release(split_old);
	return table;
}

struct table *table_build(const struct view *view, struct snapshot *now, struct snapshot *old,
			  char problem[256])
{
	if (!check_view(view, old != NULL, now, problem))
		return NULL;
	if (by_type_refused(view, now, old, problem))
		return NULL;
	return by_type_needed(view, now) ? build_split(view, now, old, problem) :
					   build_alone(view, now, old, problem);
}

uint64_t table_unresolved(const struct table *table, bool old)
{
	const struct snapshot *snapshot = old ? table->old : table->now;

	return legend_unresolved(legend_side(table_parts(table)->legend, snapshot->catalog),
				 snapshot);
}

const struct mine *table_mine(const struct table *table, bool old)
{
	struct legend *legend = table_parts(table)->legend;
	const struct snapshot *snapshot = old ? table->old : table->now;
	const struct legend_side *side = legend_side(legend, snapshot->catalog);

	return side->own ? own_folders(side->own) : NULL;
}

bool table_mine_none(const struct table *table)
{
	const struct legend *legend = table_parts(table)->legend;

	if (!legend->mine.on || !table->length || view_key_get(table->view.by)->of == OF_ROW)
		return false;
	for (size_t i = 0; i < legend->frames_length; i++)
		if (legend->frames[i].own)
			return false;
	return true;
}

void table_free(struct table *table)
{
	struct table_parts *parts;

	if (!table)
		return;
	parts = table_parts(table);
	while (parts->texts) {
		struct table_texts *next = parts->texts->next;

		free(parts->texts);
		parts->texts = next;
	}
	snapshot_release(table->now);
	snapshot_release(table->old);
	legend_release(parts->legend);
	tree_free(parts->tree);
	members_release(parts->members);
	free(parts->told);
	free(parts->part_groups);
	free(parts->frame_names);
	for (size_t i = 0; parts->pages && i < parts->pages_length; i++)
		free(parts->pages[i]);
	free(parts->pages);
	free(parts->groups);
	free(parts->verdicts);
	free(parts->looked.of);
	free(parts->order);
	free(parts->laid);
	free(parts);
}

static void find_key(struct within *within, const struct table *table, const struct row *row)
{
	const struct snapshot *from = row->from_old ? table->old : table->now;
	struct table_parts *parts = table_parts(table);

	if (table->view.by == BY_TREE) {
		within->key = (struct group_key){row->node, 0, 0};
		return;
	}
	within->key = parts->groups[parts->order[row->index]].key;
	if (table->view.by != BY_TRACEBACK)
		return;
	/* The number of a node is valid in its own table only, so the stack is looked up
	 * in this one. */
	within->key.a = trie_node(&within->grouping->trie,
				  legend_side(parts->legend, from->catalog), row->trace,
				  grouping_frames(&table->view, table_nframe(from)));
}

struct table *table_drill(const struct table *table, const struct row *row, char problem[256])
{
	struct table_parts *parts = table_parts(table);
	struct legend *legend = parts->legend;
	struct grouping own = {0};
	/* A tree's nodes are numbers of its own grouping. */
	struct within within = {.grouping = parts->tree ? &parts->tree->grouping : &own};
	struct view view = {.by = BY_TRACEBACK, .raw = table->view.raw,
			    .compat = table->view.compat, .filters = table->view.filters,
			    .sort = table->view.sort, .reverse = table->view.reverse,
			    .before = table->view.before, .same_run = table->view.same_run,
			    .members = table->view.members,
			    .stop = table->view.stop, .stop_user = table->view.stop_user};
	struct table *drilled = NULL;

	snprintf(problem, 256, "out of memory");
	if (parts->tree || grouping_init(&own, &table->view, legend, table->now, table->old)) {
		find_key(&within, table, row);
		drilled = build(&view, table->now, table->old, legend, &within, problem);
	}
	grouping_free(&own);
	return drilled;
}
