/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table writes down one number for each row of the snapshot.  The sets of nodes and
 * links are found in one pass: each comes after the one that it hangs from, and its set
 * begins as a copy of that one's.
 */
#include "views/members/members.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"

struct members {
	_Atomic uint32_t references;
	struct snapshot *now;
	uint32_t *numbers;              /* number + 1 by row; 0: the table does not show
					 * the row */
	size_t length;                  /* number of groups or nodes */
	uint32_t *parents;              /* of nodes; NULL if numbers are not nodes */
	/* A copy of the legend's links; NULL if numbers are not links. */
	struct legend_link *links;
	size_t links_length;
	uint32_t *lists, *by_frame;
	size_t frames, nframe;
	struct member_sets held;        /* filled by members_hold */
	bool holds;
};

struct members *members_new(struct snapshot *now)
{
	struct members *members = calloc(1, sizeof(*members));

	if (!members)
		return NULL;
	members->references = 1;
	members->numbers = calloc(now->rows_length + 1, sizeof(*members->numbers));
	members->now = snapshot_retain(now);
	if (members->numbers)
		return members;
	members_release(members);
	return NULL;
}

struct members *members_retain(struct members *members)
{
	atomic_fetch_add(&members->references, 1);
	return members;
}

void members_release(struct members *members)
{
	if (!members || atomic_fetch_sub(&members->references, 1) > 1)
		return;
	snapshot_release(members->now);
	free(members->numbers);
	free(members->parents);
	free(members->links);
	free(members->lists);
	free(members->by_frame);
	member_sets_free(&members->held);
	free(members);
}

const struct snapshot *members_snapshot(const struct members *members)
{
	return members->now;
}

void members_set(struct members *members, size_t row, uint32_t number)
{
	members->numbers[row] = number;
}

void members_are_groups(struct members *members, size_t length)
{
	members->length = length;
}

void members_are_nodes(struct members *members, uint32_t *parents, size_t length)
{
	members->parents = parents;
	members->length = length;
}

static void *copied(const void *from, size_t size)
{
	void *copy = malloc(size + 1);

	if (copy && size)
		memcpy(copy, from, size);
	return copy;
}

bool members_are_links(struct members *members, const struct legend_side *side,
		       const uint32_t *by_frame, size_t frames, size_t groups, size_t nframe)
{
	const struct legend *legend = side->legend;

	members->links = copied(side->links, side->links_length * sizeof(*side->links));
	members->lists = copied(legend->lists, legend->lists_length * sizeof(*legend->lists));
	members->by_frame = copied(by_frame, frames * sizeof(*by_frame));
	members->links_length = side->links_length;
	members->frames = frames;
	members->length = groups;
	members->nframe = nframe;
	return members->links && members->lists && members->by_frame;
}

/* The set that consists of `set` and one more place; UINT32_MAX: out of memory. */
static uint32_t set_with(struct member_sets *sets, uint32_t set, uint32_t place)
{
	for (uint32_t at = set; at; at = sets->sets[at].parent)
		if (sets->sets[at].place == place)
			return set;
	for (uint32_t at = sets->sets[set].child; at; at = sets->sets[at].next)
		if (sets->sets[at].place == place)
			return at;
	if (!array_grow(&sets->sets, &sets->room, sets->length + 1, sizeof(*sets->sets)))
		return UINT32_MAX;
	sets->sets[sets->length] = (struct member_set){
		.parent = set, .place = place, .next = sets->sets[set].child,
	};
	sets->sets[set].child = (uint32_t)sets->length;
	return (uint32_t)sets->length++;
}

/* Begins with rows that count nowhere. */
static bool sets_begin(struct member_sets *sets, size_t rows)
{
	*sets = (struct member_sets){.of = calloc(rows + 1, sizeof(*sets->of))};
	if (!sets->of || !array_grow(&sets->sets, &sets->room, 1, sizeof(*sets->sets)))
		return false;
	sets->sets[sets->length++] = (struct member_set){0};
	return true;
}

void member_sets_free(struct member_sets *sets)
{
	free(sets->of);
	free(sets->sets);
	*sets = (struct member_sets){0};
}

bool members_hold(struct members *members, size_t row, uint32_t place)
{
	if (!members->holds && !sets_begin(&members->held, members->now->rows_length))
		return false;
	members->holds = true;
	uint32_t set = set_with(&members->held, members->held.of[row], place);

	if (set == UINT32_MAX)
		return false;
	members->held.of[row] = set;
	return true;
}

static bool copy_held(const struct members *members, struct member_sets *sets)
{
	const struct member_sets *held = &members->held;

	*sets = (struct member_sets){
		.of = copied(held->of, (members->now->rows_length + 1) * sizeof(*held->of)),
		.sets = copied(held->sets, held->length * sizeof(*held->sets)),
		.length = held->length, .room = held->length,
	};
	return sets->of && sets->sets;
}

/* State of a lookup: where the requested rows stand, by number, + 1; the set of each node
 * or link; and how many frames the stack of each link has. */
struct lookup {
	const struct members *members;
	struct member_sets *sets;
	uint32_t *index, *inherited, *depths;
};

/* The set after the first `most` of a link's own frames have been added to it. */
static uint32_t with_frames(struct lookup *lookup, uint32_t set, uint32_t link, size_t most)
{
	const struct members *members = lookup->members;
	const uint32_t *list = members->lists + members->links[link].list;

	for (uint32_t i = 1; i <= list[0] && i <= most && set != UINT32_MAX; i++) {
		uint32_t frame = list[i];
		uint32_t group = frame < members->frames ? members->by_frame[frame] : 0;

		if (group && lookup->index[group - 1])
			set = set_with(lookup->sets, set, lookup->index[group - 1] - 1);
	}
	return set;
}

static bool inherit_sets(struct lookup *lookup)
{
	const struct members *members = lookup->members;
	size_t length = members->links ? members->links_length : members->length;
	uint32_t set = 0;

	lookup->inherited = calloc(length + 1, sizeof(*lookup->inherited));
	lookup->depths = members->links ? calloc(length + 1, sizeof(*lookup->depths)) : NULL;
	if (!lookup->inherited || (members->links && !lookup->depths))
		return false;
	for (size_t i = 1; i < length && set != UINT32_MAX; i++) {
		uint32_t above = members->links ? members->links[i].caller
						: members->parents[i];

		set = lookup->inherited[above];
		if (members->links) {
			lookup->depths[i] = lookup->depths[above] +
					    members->lists[members->links[i].list];
			set = with_frames(lookup, set, (uint32_t)i, SIZE_MAX);
		} else if (lookup->index[i]) {
			set = set_with(lookup->sets, set, lookup->index[i] - 1);
		}
		lookup->inherited[i] = set;
	}
	return set != UINT32_MAX;
}

/* The set of a stack with more frames than views show: only its newest frames count. */
static uint32_t set_of_newest(struct lookup *lookup, uint32_t link)
{
	const struct members *members = lookup->members;
	size_t left = members->nframe;
	uint32_t set = 0;

	while (link && left && set != UINT32_MAX) {
		size_t own = members->lists[members->links[link].list];

		set = with_frames(lookup, set, link, left);
		left -= own < left ? own : left;
		link = members->links[link].caller;
	}
	return set;
}

/* The set of a stack without frames, which counts in the group of "<unknown>". */
static uint32_t set_of_empty(struct lookup *lookup)
{
	const struct members *members = lookup->members;
	uint32_t group = members->frames ? members->by_frame[0] : 0;

	return group && lookup->index[group - 1]
		       ? set_with(lookup->sets, 0, lookup->index[group - 1] - 1)
		       : 0;
}

static uint32_t set_of_number(struct lookup *lookup, uint32_t number)
{
	const struct members *members = lookup->members;

	if (members->links && !number)
		return set_of_empty(lookup);
	if (members->links && lookup->depths[number] > members->nframe)
		return set_of_newest(lookup, number);
	if (lookup->inherited)
		return lookup->inherited[number];
	return lookup->index[number] ? set_with(lookup->sets, 0, lookup->index[number] - 1) : 0;
}

static bool find_sets(struct lookup *lookup, const uint32_t *rows, size_t length)
{
	const struct members *members = lookup->members;
	bool above = members->links || members->parents;

	lookup->index = calloc(members->length + 1, sizeof(*lookup->index));
	if (!lookup->index || !sets_begin(lookup->sets, members->now->rows_length))
		return false;
	for (size_t i = 0; i < length; i++)
		if (rows[i] < members->length)
			lookup->index[rows[i]] = (uint32_t)i + 1;
	if (above && !inherit_sets(lookup))
		return false;
	for (size_t i = 0; i < members->now->rows_length; i++) {
		if (!members->numbers[i])
			continue;
		lookup->sets->of[i] = set_of_number(lookup, members->numbers[i] - 1);
		if (lookup->sets->of[i] == UINT32_MAX)
			return false;
	}
	return true;
}

bool members_sets(const struct members *members, const uint32_t *rows, size_t length,
		  struct member_sets *sets)
{
	struct lookup lookup = {.members = members, .sets = sets};
	bool found;

	*sets = (struct member_sets){0};
	if (members->holds)
		return copy_held(members, sets);
	found = find_sets(&lookup, rows, length);
	free(lookup.index);
	free(lookup.inherited);
	free(lookup.depths);
	return found;
}
