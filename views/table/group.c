/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The group of a frame, or of a stack's node, is remembered once it has been found, so
 * that counting a trace is usually one addition.  Where the frames of a group differ in
 * something, the group does not show the value of only one of them: all functions and
 * modules are listed, and a file or language is left empty.
 */
#include "views/table/group.h"
#include "tracer/ground/array.h"
#include "tracer/ground/finder.h"
#include "tracer/ground/large.h"
#include <math.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/heap/sample.h"
#include "views/table/by_type.h"
#include "views/table/group_parts.h"
#include "views/row/view_key.h"
#include "views/row/sum.h"

/* Makes an array: the number of threads, then for each thread its name and how many
 * threads before it have the same name. */
static uint32_t *thread_names(struct legend *legend, const struct catalog *catalog)
{
	uint32_t n = catalog_threads(catalog);
	uint32_t *names = calloc((size_t)n * 2 + 1, sizeof(*names));
	struct sparse *seen = calloc(1, sizeof(*seen));

	if (names)
		names[0] = n;
	for (uint32_t i = 0; names && seen && i < n; i++) {
		struct thread thread = catalog_thread(catalog, (struct thread_id){i});
		uint32_t *name = names + 1 + (size_t)i * 2, *count;

		*name = legend_string(legend, catalog_text(catalog, thread.name));
		count = sparse_at(seen, *name);
		name[1] = count ? (*count)++ : 0;
	}
	if (seen)
		sparse_free(seen);
	free(seen);
	return names;
}

bool grouping_init(struct grouping *grouping, const struct view *view, struct legend *legend,
		   const struct snapshot *now, const struct snapshot *old)
{
	bool stacks = view->by == BY_TRACEBACK || view->by == BY_TREE;
	size_t nodes = 2 * now->rows_length + 1;
	size_t groups = view->by == BY_TREE ? nodes : now->rows_length + 1;

	*grouping = (struct grouping){
		.view = *view, .legend = legend, .now = now, .old = old,
	};
	grouping->two_catalogs = old && old->catalog != now->catalog;
	if (view->by == BY_THREAD && grouping->two_catalogs) {
		grouping->threads[0] = thread_names(legend, now->catalog);
		grouping->threads[1] = thread_names(legend, old->catalog);
		if (!grouping->threads[0] || !grouping->threads[1])
			return false;
	}
	/* There are about as many stacks as traces, and twice as many nodes.  The guess may
	 * be too large, since the kernel provides memory only when it is touched; if it is
	 * too small, an array in large pages is copied. */
	if (stacks && !(trie_init(&grouping->trie, legend, view->compat) &&
			array_grow(&grouping->groups, &grouping->room, groups,
				   sizeof(*grouping->groups)) &&
			trie_reserve(&grouping->trie, nodes, view->inverted || view->frames)))
		return false;
	large_pages(grouping->groups, grouping->room * sizeof(*grouping->groups));
	return true;
}

static struct group *new_group(struct grouping *grouping, struct group_key key)
{
	struct group *group;

	if (!array_grow(&grouping->groups, &grouping->room, grouping->length + 1,
			sizeof(*grouping->groups))) {
		grouping->legend->failed = true;
		return NULL;
	}
	group = &grouping->groups[grouping->length++];
	*group = (struct group){.key = key};
	return group;
}

static struct group *find_group(struct grouping *grouping, struct group_key key, bool *fresh)
{
	uint32_t hash = hash_mix((uint64_t)key.a << 32 | key.b, key.c), number;
	struct group *group;

	*fresh = false;
	for (size_t at = hash; (number = finder_next(&grouping->finder, hash, &at));) {
		group = &grouping->groups[number - 1];
		if (group->key.a == key.a && group->key.b == key.b && group->key.c == key.c)
			return group;
	}
	group = new_group(grouping, key);
	*fresh = true;
	if (group && !finder_put(&grouping->finder, hash, (uint32_t)grouping->length))
		grouping->legend->failed = true;
	return group;
}

struct group_key grouping_frame(enum view_key by, const struct legend_frame *frame)
{
	switch (by) {
	case BY_LINENO:
		return (struct group_key){frame->file, frame->line,
					  lang_has_line(frame->lang, frame->line) ? 0 : frame->function};
	case BY_FILENAME:
		return (struct group_key){frame->file, 0, 0};
	case BY_FUNCTION:
		return (struct group_key){frame->function, frame->module, 0};
	case BY_MODULE:
		return (struct group_key){frame->module, 0, 0};
	default:
		assert(view_key_get(by)->of != OF_FRAME);
		return (struct group_key){0, 0, 0};
	}
}

/* The part of a frame that its group shows; the other members are empty. */
static struct legend_frame shown_frame(enum view_key by, const struct legend_frame *frame)
{
	struct legend_frame shown = *frame;

	switch (by) {
	case BY_LINENO:
		break;
	case BY_FUNCTION:
		shown.line = 0;
		break;
	case BY_FILENAME:
		shown.line = shown.function = 0;
		break;
	case BY_MODULE:
		shown.line = shown.function = 0;
		shown.file = frame->path;
		break;
	default:
		assert(view_key_get(by)->of != OF_FRAME);
	}
	return shown;
}

static void merge_frame(struct grouping *grouping, struct group_shown *shown,
			const struct legend_frame *frame)
{
	struct legend_frame *of = &shown->frame;

	group_note_name(grouping, &shown->functions, of->function, frame->function);
	group_note_name(grouping, &shown->modules, of->module, frame->module);
	if (of->file != frame->file)
		of->file = 0;
	if (of->path != frame->path)
		of->path = 0;
	if (of->lang != frame->lang)
		of->lang = LANG_NONE;
	of->inlined = of->inlined && frame->inlined;
	of->wrapper = of->wrapper && frame->wrapper;
	of->unresolved = of->unresolved && frame->unresolved;
}

/* Where the group of a frame or node is remembered. */
static uint32_t *group_memo(struct grouping *grouping, uint32_t number)
{
	size_t room = grouping->by_frame_room;

	if (number >= room) {
		if (!array_grow(&grouping->by_frame, &grouping->by_frame_room, number + 1,
				sizeof(*grouping->by_frame))) {
			grouping->legend->failed = true;
			return NULL;
		}
		memset(grouping->by_frame + room, 0,
		       (grouping->by_frame_room - room) * sizeof(*grouping->by_frame));
	}
	return &grouping->by_frame[number];
}

struct group *group_of_frame(struct grouping *grouping, uint32_t number)
{
	const struct legend_frame *frame = &grouping->legend->frames[number];
	enum view_key by = grouping->view.by;
	uint32_t *memo = group_memo(grouping, number);
	struct legend_frame shown;
	struct group_shown *place;
	struct group *group;
	bool fresh;

	if (!memo)
		return NULL;
	if (*memo)
		return &grouping->groups[*memo - 1];
	assert(view_key_get(by)->of == OF_FRAME);
	group = find_group(grouping, grouping_frame(by, frame), &fresh);
	if (!group || !array_grow(&grouping->shown, &grouping->shown_room, grouping->length,
				  sizeof(*grouping->shown))) {
		grouping->legend->failed = true;
		return NULL;
	}
	place = &grouping->shown[group - grouping->groups];
	shown = shown_frame(by, frame);
	if (fresh)
		*place = (struct group_shown){.frame = shown};
	else
		merge_frame(grouping, place, &shown);
	*memo = (uint32_t)(group - grouping->groups) + 1;
	return group;
}

static void count_ages(struct group *group, const struct row_figures *from)
{
	bool known = from->oldest < AGE_UNKNOWN - 1;

	if (!from->now.count)
		return;
	group->born += from->born == AGE_UNKNOWN ? (double)NAN : (double)from->born;
	group->first = group_first(group->first, known ? from->oldest + 1 : AGE_UNKNOWN);
}

/* Counts what a look found of a row. */
static void count_look(struct grouping *grouping, struct group *group,
		       const struct snapshot_row *row)
{
	const struct snapshot *now = grouping->now;

	if (!looked_add(grouping->looked, &group->looked, &now->look->rows[row - now->rows]))
		grouping->legend->failed = true;
}

void group_count(struct grouping *grouping, struct group *group,
		 const struct snapshot_row *row, uint64_t before, bool old)
{
	const struct row_figures *from = row->figures;
	/* A group's example is its heaviest trace.  The highest bit makes each trace of
	 * the new side weigh more than any of the old. */
	uint64_t weight = 1 + from->now.size + (old ? 0 : UINT64_C(1) << 63);

	if (old) {
		figure_add(&group->was, from->now.size);
		figure_add(&group->old_count, from->now.count);
	} else {
		sum_figures(&group->now, &from->now);
		figure_add(&group->peak, from->peak);
		figure_add(&group->was, before);
		count_ages(group, from);
		if (grouping->now->look)
			count_look(grouping, group, row);
		group->variance += sample_variance(snapshot_row_sample(grouping->now, row),
						   from->now.size, from->now.count);
	}
	if (weight > group->weight) {
		group->weight = weight;
		group->trace = row->trace;
		group->from_old = old;
		group->thread = row->thread;
	}
}

static void count_pending(struct grouping *grouping, const struct pending *pending)
{
	if (pending->row)
		group_count(grouping, &grouping->groups[pending->group], pending->row,
			    pending->before, pending->old);
}

/* Prefetches the group from memory, and counts the row in it a few calls later, when the
 * memory has arrived. */
static void count_later(struct grouping *grouping, const struct group *group,
			const struct snapshot_row *row, bool old)
{
	struct pending *pending =
		&grouping->pending[grouping->pending_length++ % GROUPING_PENDING];

	count_pending(grouping, pending);
	*pending = (struct pending){row, grouping->before, (uint32_t)(group - grouping->groups),
				    old};
	group_fetch(group);
}

void grouping_flush(struct grouping *grouping)
{
	for (size_t i = 0; i < GROUPING_PENDING; i++)
		count_pending(grouping,
			      &grouping->pending[(grouping->pending_length + i) %
						 GROUPING_PENDING]);
	memset(grouping->pending, 0, sizeof(grouping->pending));
}

static struct group *stack_group(struct grouping *grouping, struct legend_side *side,
				 size_t nframe, const struct snapshot_row *row)
{
	size_t max = grouping_frames(&grouping->view, nframe);
	uint32_t node = trie_node(&grouping->trie, side, row->trace, max);
	uint32_t *memo = group_memo(grouping, node);
	struct group *group;

	if (!memo)
		return NULL;
	if (*memo)
		return &grouping->groups[*memo - 1];
	group = new_group(grouping, (struct group_key){node, 0, 0});
	if (!group)
		return NULL;
	*memo = (uint32_t)grouping->length;
	group->frame = legend_newest(side, row->trace, grouping->view.raw, max);
	group->depth = grouping->trie.nodes[node].depth;
	return group;
}

void grouping_count(struct grouping *grouping, uint32_t node, const struct snapshot_row *row,
		    bool old)
{
	while (grouping->length < grouping->trie.length) {
		uint32_t next = (uint32_t)grouping->length;
		struct group *group = new_group(grouping, (struct group_key){next, 0, 0});

		if (!group)
			return;
		group->frame = grouping->trie.nodes[next].frame;
	}
	count_later(grouping, &grouping->groups[node], row, old);
}

struct group_key grouping_thread(const struct grouping *grouping,
				 const struct legend_side *side, uint16_t thread)
{
	const uint32_t *names = grouping->threads[side != grouping->legend->sides];

	if (!grouping->two_catalogs)
		return (struct group_key){thread, 0, 0};
	if (thread >= names[0])
		return (struct group_key){0, 0, 1};
	return (struct group_key){names[1 + thread * 2], names[2 + thread * 2], 0};
}

struct group_key grouping_type(const struct grouping *grouping,
			       const struct snapshot_row *row)
{
	const struct snapshot *now = grouping->now;
	bool is_now = row >= now->rows && row < now->rows + now->rows_length;
	const char *name = by_type_name(is_now ? now : grouping->old, row);

	return (struct group_key){legend_string(grouping->legend, name), 0, 0};
}

/* The one group of a row; only for views that are not cumulative. */
static struct group *row_group(struct grouping *grouping, struct legend_side *side,
			       size_t nframe, const struct snapshot_row *row)
{
	enum view_key by = grouping->view.by;
	bool fresh;

	if (by == BY_TRACEBACK)
		return stack_group(grouping, side, nframe, row);
	if (by == BY_THREAD)
		return find_group(grouping, grouping_thread(grouping, side, row->thread), &fresh);
	if (by == BY_DOMAIN)
		return find_group(grouping, (struct group_key){row->domain, 0, 0}, &fresh);
	if (by_type_splits(by))
		return find_group(grouping, grouping_type(grouping, row), &fresh);
	return group_of_frame(grouping,
			      legend_newest(side, row->trace, grouping->view.raw, nframe));
}

uint32_t group_count_row(struct grouping *grouping, struct legend_side *side, size_t nframe,
			 const struct snapshot_row *row, bool old)
{
	struct group *group = row_group(grouping, side, nframe, row);

	if (!group)
		return 0;
	count_later(grouping, group, row, old);
	return (uint32_t)(group - grouping->groups) + 1;
}
