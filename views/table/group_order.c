/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a grouping that concern all groups (group.h): how the view counts a row,
 * and what is done once everything has been counted: which frame stands for each group,
 * in which order groups come, and which traces are behind a group. */
#include "views/table/group.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "views/table/by_type.h"
#include "views/table/callers.h"
#include "views/table/cumulative.h"
#include "views/table/group_parts.h"
#include "views/row/sum.h"
#include "views/row/view_key.h"

void grouping_free(struct grouping *grouping)
{
	trie_free(&grouping->trie);
	cumulative_free(grouping);
	finder_free(&grouping->finder);
	free(grouping->groups);
	free(grouping->shown);
	free(grouping->names);
	free(grouping->by_frame);
	free(grouping->callers);
	free(grouping->threads[0]);
	free(grouping->threads[1]);
}

uint32_t grouping_add(struct grouping *grouping, struct legend_side *side, size_t nframe,
		      const struct snapshot_row *row, bool old)
{
	const struct view *view = &grouping->view;

	if (view->by != BY_TREE && !view->cumulative)
		return group_count_row(grouping, side, nframe, row, old);
	if (view->by != BY_TREE)
		cumulative_add(grouping, side, nframe, row, old);
	else if (view->inverted)
		callers_add(grouping, side, nframe, row, old);
	else
		grouping_count(grouping, trie_node(&grouping->trie, side, row->trace,
						   grouping_frames(view, nframe)), row, old);
	return 0;
}

static bool same_key(struct group_key a, struct group_key b)
{
	return a.a == b.a && a.b == b.b && a.c == b.c;
}

static bool frame_has(const struct grouping *grouping, uint32_t frame, struct group_key key)
{
	return same_key(grouping_frame(grouping->view.by, &grouping->legend->frames[frame]), key);
}

/* The newest frame of a trace that counts in the group, or -1. */
static int64_t frame_of(const struct grouping *grouping, struct legend_side *side,
			struct trace_id trace, size_t nframe, struct group_key key)
{
	const uint32_t *list;
	size_t n = 0, length;

	while (n < nframe && (list = legend_step(side, &trace, &length))) {
		for (size_t i = 0; i < length && n < nframe; i++, n++) {
			if (frame_has(grouping, list[i], key))
				return list[i];
		}
	}
	return n == 0 && frame_has(grouping, 0, key) ? 0 : -1;
}

/* Gives a group of several functions or modules all their names. */
static void name_all(struct grouping *grouping, const struct group *group,
		     struct group_shown *shown)
{
	bool second = group->from_old && grouping->two_catalogs;
	struct legend *legend = grouping->legend;
	int64_t heaviest;

	if (!shown->functions && !shown->modules)
		return;
	heaviest = frame_of(grouping, &legend->sides[second], group->trace, SIZE_MAX, group->key);
	const struct legend_frame *first = &legend->frames[heaviest < 0 ? 0 : heaviest];
	if (shown->functions)
		shown->frame.function = group_join_names(grouping, shown->functions,
							 first->function);
	if (shown->modules)
		shown->frame.module = group_join_names(grouping, shown->modules, first->module);
}

void grouping_finish(struct grouping *grouping)
{
	grouping_flush(grouping);
	if (grouping->view.cumulative)
		cumulative_finish(grouping);
	if (view_key_get(grouping->view.by)->of == OF_ROW)
		return;
	if (grouping->view.by == BY_TRACEBACK) {
		trie_sort(&grouping->trie);
		return;
	}
	if (grouping->view.by == BY_TREE) {
		legend_rank(grouping->legend);
		return;
	}
	for (size_t i = 0; i < grouping->length; i++) {
		name_all(grouping, &grouping->groups[i], &grouping->shown[i]);
		grouping->groups[i].frame =
			legend_frame(grouping->legend, &grouping->shown[i].frame);
	}
	legend_rank(grouping->legend);
}

/* Adds what a look found of another group, whose figures are copied first, since places
 * move. */
static void merge_looked(struct grouping *grouping, struct group *to, const struct group *from)
{
	struct look_figures more = grouping->looked->of[from->looked].look;

	if (!looked_add(grouping->looked, &to->looked, &more))
		grouping->legend->failed = true;
}

void group_merge(struct grouping *grouping, struct group *to, const struct group *from)
{
	sum_figures(&to->now, &from->now);
	figure_add(&to->peak, from->peak);
	to->variance += from->variance;
	to->born += from->born;
	to->first = group_first(to->first, from->first);
	figure_add(&to->was, from->was);
	figure_add(&to->old_count, from->old_count);
	if (from->weight > to->weight) {
		to->weight = from->weight;
		to->trace = from->trace;
		to->from_old = from->from_old;
		to->thread = from->thread;
	}
	if (from->looked)
		merge_looked(grouping, to, from);
}

/* How many steps before its turn a group is prefetched from memory. */
#define AHEAD 8

/* Children have larger numbers than their parents, so one pass from the end is enough. */
void grouping_pile(struct grouping *grouping)
{
	struct group *groups = grouping->groups;
	const struct trie_node *nodes = grouping->trie.nodes;

	for (size_t i = grouping->length; i-- > 1;) {
		if (i > AHEAD)
			group_fetch(&groups[nodes[i - AHEAD].parent]);
		group_merge(grouping, &groups[nodes[i].parent], &groups[i]);
	}
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_threads(const struct grouping *grouping, struct group_key a,
			   struct group_key b)
{
	const struct legend *legend = grouping->legend;
	const struct catalog *catalog = legend->sides[0].catalog;
	int32_t x, y;

	if (grouping->two_catalogs) {
		int order = strcmp(legend->strings[a.a], legend->strings[b.a]);

		return order ? order : compare_numbers(a.b, b.b);
	}
	x = catalog_thread(catalog, (struct thread_id){a.a}).tid;
	y = catalog_thread(catalog, (struct thread_id){b.a}).tid;
	return x != y ? (x > y) - (x < y) : compare_numbers(a.a, b.a);
}

int grouping_compare(const struct grouping *grouping, const struct group *a,
		     const struct group *b)
{
	switch (grouping->view.by) {
	case BY_TRACEBACK:
		return compare_numbers(grouping->trie.nodes[a->key.a].order,
				       grouping->trie.nodes[b->key.a].order);
	case BY_THREAD:
		return compare_threads(grouping, a->key, b->key);
	case BY_DOMAIN:
		return compare_numbers(a->key.a, b->key.a);
	case BY_TYPE:
	case BY_HOLDER:
	case BY_ARENA:
		return strcmp(grouping->legend->strings[a->key.a],
			      grouping->legend->strings[b->key.a]);
	default:
		assert(view_key_get(grouping->view.by)->of != OF_ROW);
		return legend_compare(grouping->legend, a->frame, b->frame);
	}
}

static bool beneath(const struct grouping *grouping, uint32_t node, uint32_t top)
{
	while (node > top)
		node = grouping->trie.nodes[node].parent;
	return node == top;
}

bool grouping_shows(struct grouping *grouping, struct legend_side *side, size_t nframe,
		    const struct snapshot_row *row)
{
	struct trace_id trace = row->trace;
	const uint32_t *list;
	size_t n = 0, length;

	while (n < nframe && (list = legend_step(side, &trace, &length))) {
		for (size_t i = 0; i < length && n < nframe; i++, n++) {
			if (!grouping->groups[grouping->by_frame[list[i]] - 1].dropped)
				return true;
		}
	}
	return n == 0 && !grouping->groups[grouping->by_frame[0] - 1].dropped;
}

bool grouping_has(struct grouping *grouping, struct legend_side *side, size_t nframe,
		  const struct snapshot_row *row, struct group_key key)
{
	const struct view *view = &grouping->view;

	if (view->by == BY_TREE && view->inverted)
		return callers_pass(grouping, side, nframe, row, key.a);
	if (view->by == BY_TREE)
		return beneath(grouping, trie_node(&grouping->trie, side, row->trace,
						   grouping_frames(view, nframe)), key.a);
	if (view->by == BY_TRACEBACK)
		return trie_node(&grouping->trie, side, row->trace,
				 grouping_frames(view, nframe)) == key.a;
	if (view->by == BY_THREAD)
		return same_key(grouping_thread(grouping, side, row->thread), key);
	if (view->by == BY_DOMAIN)
		return row->domain == key.a;
	if (by_type_splits(view->by))
		return same_key(grouping_type(grouping, row), key);
	assert(view_key_get(view->by)->of == OF_FRAME);
	if (view->cumulative)
		return frame_of(grouping, side, row->trace, nframe, key) >= 0;
	return frame_has(grouping, legend_newest(side, row->trace, view->raw, nframe), key);
}
