/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums rows by stack, in piles, and walks the stacks to give the piles to groups
 * (cumulative.h). */
#include "views/table/cumulative.h"
#include "tracer/ground/array.h"
#include <stdlib.h>
#include "views/table/group_parts.h"

/* How many steps before its use a pile is prefetched from memory. */
#define AHEAD 8

/* Where the walk goes on from a link: to the first link beneath it, or to the next one
 * beside it; 0: there is none. */
struct branch {
	uint32_t child, next;
};

/* A walk down one side's stacks, callers first. */
struct descent {
	struct grouping *grouping;
	const struct legend_side *side;
	struct group *piles;            /* by link */
	struct branch *branches;        /* by link */
	uint32_t *above;                /* by group: how many of its frames are on the way
					 * down to here */
};

/* Counts a row in the group of a frame, unless its stack was counted there already. */
static void cumulative_add_frame(struct grouping *grouping, uint32_t frame,
				 const struct snapshot_row *row, bool old)
{
	struct group *group = group_of_frame(grouping, frame);

	if (!group || (group->stamp == grouping->stamp && !grouping->view.compat))
		return;
	group->stamp = grouping->stamp;
	group_count(grouping, group, row, grouping->before, old);
}

/* Each of the newest frames counts, but a group only once for each stack. */
static void add_walked(struct grouping *grouping, const struct legend_side *side,
		       uint32_t link, size_t nframe, const struct snapshot_row *row, bool old)
{
	size_t n = 0;

	grouping->stamp++;
	for (; link && n < nframe; link = side->links[link].caller) {
		const uint32_t *list = side->legend->lists + side->links[link].list;

		for (uint32_t i = 1; i <= list[0] && n < nframe; i++, n++)
			cumulative_add_frame(grouping, list[i], row, old);
	}
}

/* Makes room for a pile for each link, empty at first. */
static bool grow_piles(struct grouping *grouping, const struct legend_side *side,
		       struct piles *piles)
{
	size_t need = side->links_length + 1;   /* link 0 stands for none, and exists
						 * before all others */

	if (!array_grow(&piles->piles, &piles->room, need, sizeof(*piles->piles)) ||
	    !array_grow(&piles->depths, &piles->depths_room, need, sizeof(*piles->depths))) {
		grouping->legend->failed = true;
		return false;
	}
	if (!piles->length)
		piles->depths[piles->length++] = 0;
	for (; piles->length < side->links_length; piles->length++) {
		const struct legend_link *link = &side->links[piles->length];

		piles->piles[piles->length] = (struct group){0};
		piles->depths[piles->length] = piles->depths[link->caller] +
					       side->legend->lists[link->list];
	}
	return true;
}

void cumulative_add(struct grouping *grouping, struct legend_side *side, size_t nframe,
		    const struct snapshot_row *row, bool old)
{
	struct piles *piles = &grouping->piles[side != grouping->legend->sides];
	uint32_t link = legend_link(side, row->trace);

	if (!grow_piles(grouping, side, piles))
		return;
	if (!link) {
		grouping->stamp++;
		cumulative_add_frame(grouping, 0, row, old);
	} else if (piles->depths[link] > nframe) {
		add_walked(grouping, side, link, nframe, row, old);
	} else {
		group_count(grouping, &piles->piles[link], row, grouping->before, old);
	}
}

/* A caller's link has a smaller number than the links that it called, so a single pass
 * from the end adds up everything. */
static void pile_up(struct descent *descent, size_t length)
{
	const struct legend_link *links = descent->side->links;

	for (size_t i = length; i-- > 1;) {
		uint32_t caller = links[i].caller;

		if (i > AHEAD)
			group_fetch(&descent->piles[links[i - AHEAD].caller]);
		if (!descent->piles[i].weight)
			continue;
		if (caller)
			group_merge(descent->grouping, &descent->piles[caller],
				    &descent->piles[i]);
		descent->branches[i].next = descent->branches[caller].child;
		descent->branches[caller].child = (uint32_t)i;
	}
}

/* Counts a pile for the newest stretch of a stack: in the group of each frame of that
 * stretch, unless a frame of an older stretch is in the same group. */
static void come_in(struct descent *descent, uint32_t link)
{
	struct grouping *grouping = descent->grouping;
	const uint32_t *list = grouping->legend->lists + descent->side->links[link].list;
	struct branch branch = descent->branches[link];

	group_fetch(&descent->piles[branch.child ? branch.child : branch.next]);
	for (uint32_t i = 1; i <= list[0]; i++) {
		struct group *group = group_of_frame(grouping, list[i]);

		if (!group)
			return;
		if (!descent->above[group - grouping->groups]++ || grouping->view.compat)
			group_merge(grouping, group, &descent->piles[link]);
	}
}

static void go_out(struct descent *descent, uint32_t link)
{
	struct grouping *grouping = descent->grouping;
	const uint32_t *list = grouping->legend->lists + descent->side->links[link].list;

	for (uint32_t i = 1; i <= list[0]; i++)
		descent->above[grouping->by_frame[list[i]] - 1]--;
}

static void descend(struct descent *descent)
{
	const struct legend *legend = descent->grouping->legend;
	const struct branch *branches = descent->branches;
	uint32_t at = branches[0].child;

	while (at && !legend->failed) {
		come_in(descent, at);
		if (legend->failed)
			return;
		if (branches[at].child) {
			at = branches[at].child;
			continue;
		}
		for (; at; at = descent->side->links[at].caller) {
			go_out(descent, at);
			if (branches[at].next)
				break;
		}
		at = branches[at].next;
	}
}

static void finish_side(struct grouping *grouping, const struct legend_side *side,
			const struct piles *piles)
{
	size_t length = piles->length, groups = grouping->legend->frames_length;
	struct descent descent = {
		.grouping = grouping, .side = side, .piles = piles->piles,
		.branches = calloc(length, sizeof(*descent.branches)),
		.above = calloc(groups, sizeof(*descent.above)),
	};

	if (descent.branches && descent.above) {
		pile_up(&descent, length);
		descend(&descent);
	} else {
		grouping->legend->failed = true;
	}
	free(descent.branches);
	free(descent.above);
}

void cumulative_finish(struct grouping *grouping)
{
	for (unsigned i = 0; i < 2; i++) {
		if (grouping->piles[i].length)
			finish_side(grouping, &grouping->legend->sides[i], &grouping->piles[i]);
	}
}

void cumulative_free(struct grouping *grouping)
{
	for (unsigned i = 0; i < 2; i++) {
		free(grouping->piles[i].piles);
		free(grouping->piles[i].depths);
	}
}
