/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stacks that are walked from the newest frame on, all of a node's together, one step at
 * a time (callers.h). */
#include "views/table/callers.h"
#include "tracer/ground/array.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct legend_side *side_of(const struct grouping *grouping, bool old)
{
	return &grouping->legend->sides[old && grouping->two_catalogs];
}

static bool next_frame(const struct legend_side *side, struct caller *caller, uint32_t *frame)
{
	if (caller->empty) {
		caller->empty = false;
		*frame = 0;
		return true;
	}
	while (caller->link && caller->left) {
		const struct legend_link *link = &side->links[caller->link];
		const uint32_t *list = side->legend->lists + link->list;

		assert(caller->link < side->links_length && caller->at <= list[0]);

		if (caller->at < list[0]) {
			*frame = list[++caller->at];
			caller->left--;
			return true;
		}
		caller->link = link->caller;
		caller->at = 0;
	}
	return false;
}

/* Moves a stack to just before the first frame that is own code, or that is no wrapper.
 * False: it has no such frame. */
static bool begin_at(const struct grouping *grouping, const struct legend_side *side, bool own,
		     struct caller *caller)
{
	const struct legend *legend = side->legend;
	struct caller ahead = *caller;
	bool raw = grouping->view.raw;
	uint32_t frame;

	do {
		*caller = ahead;
		if (!next_frame(side, &ahead, &frame))
			return false;
	} while (own ? !legend_own(legend, frame, raw) : !raw && legend->frames[frame].wrapper);
	return true;
}

/* Places a stack just before the frame that its walk begins with: the newest of own code
 * if that is asked for, else the newest that is no wrapper, or the newest of all if all
 * are wrappers. */
static struct caller callers_begin(const struct grouping *grouping,
				   struct legend_side *side, size_t nframe,
				   const struct snapshot_row *row)
{
	size_t max = grouping_frames(&grouping->view, nframe);
	struct caller newest = {
		.row = row, .link = legend_link(side, row->trace),
		.left = max < UINT32_MAX ? (uint32_t)max : UINT32_MAX,
	};
	struct caller caller = newest;

	if (side->own && begin_at(grouping, side, true, &caller))
		return caller;
	caller = newest;
	if (begin_at(grouping, side, false, &caller))
		return caller;
	newest.empty = caller.at == 0 && caller.left == newest.left;
	return newest;
}

void callers_add(struct grouping *grouping, struct legend_side *side, size_t nframe,
		 const struct snapshot_row *row, bool old)
{
	struct caller caller = callers_begin(grouping, side, nframe, row);

	/* Ranges of them are numbers of 32 bits (struct tree_link). */
	if (grouping->callers_length == UINT32_MAX ||
	    !array_grow(&grouping->callers, &grouping->callers_room,
			grouping->callers_length + 1, sizeof(*grouping->callers))) {
		grouping->legend->failed = true;
		return;
	}
	caller.before = grouping->before;
	caller.old = old;
	assert(grouping->callers_length < grouping->callers_room);
	grouping->callers[grouping->callers_length++] = caller;
}

/* Sorts stacks by their nodes: each is at `node` itself, or at one of its children from
 * `from` up to `to`. */
static void sort_callers(struct grouping *grouping, struct caller *callers, size_t n,
			 size_t from, size_t to)
{
	assert(from <= to);
	struct caller *copy = malloc(n * sizeof(*copy));
	size_t *starts = calloc(to - from + 2, sizeof(*starts));

	if (!copy || !starts) {
		grouping->legend->failed = true;
	} else {
		memcpy(copy, callers, n * sizeof(*copy));
		for (size_t i = 0; i < n; i++)
			starts[copy[i].node < from ? 1 : copy[i].node - from + 2]++;
		for (size_t i = 1; i < to - from + 2; i++)
			starts[i] += starts[i - 1];
		for (size_t i = 0; i < n; i++)
			callers[starts[copy[i].node < from ? 0 : copy[i].node - from + 1]++] =
				copy[i];
	}
	free(copy);
	free(starts);
}

void callers_open(struct grouping *grouping, uint32_t node, size_t first, size_t end)
{
	size_t from = grouping->length ? grouping->length : 1;
	bool ends = false;
	uint32_t frame;

	assert(first <= end && end <= grouping->callers_length);
	for (size_t i = first; i < end; i++) {
		struct caller *caller = &grouping->callers[i];

		if (!next_frame(side_of(grouping, caller->old), caller, &frame)) {
			ends = true;
			continue;
		}
		caller->node = trie_push(&grouping->trie, node, frame);
		grouping->before = caller->before;
		grouping_count(grouping, caller->node, caller->row, caller->old);
	}
	grouping_flush(grouping);
	if (ends ? grouping->length > from : grouping->length > from + 1)
		sort_callers(grouping, grouping->callers + first, end - first, from,
			     grouping->length);
}

bool callers_go_on(const struct grouping *grouping, size_t first, size_t end)
{
	for (; first < end; first++) {
		struct caller caller = grouping->callers[first];
		uint32_t frame;

		if (next_frame(side_of(grouping, caller.old), &caller, &frame))
			return true;
	}
	return false;
}

bool callers_pass(struct grouping *grouping, struct legend_side *side, size_t nframe,
		  const struct snapshot_row *row, uint32_t node)
{
	struct caller caller = callers_begin(grouping, side, nframe, row);
	uint32_t at = 0, frame;

	do {
		if (!next_frame(side, &caller, &frame))
			return false;
		at = trie_find(&grouping->trie, at, frame);
	} while (at && at != node);
	return at;
}
