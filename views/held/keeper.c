/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "views/held/keeper.h"

#include "tracer/heap/tally/look_held.h"
#include "views/table/table_parts.h"

#define MOST 0.9                        /* share of the row's bytes that one keeper has */

struct keeping_of {
	const struct look_tree *tree;
	const uint32_t *groups;         /* by part: group + 1; 0: filters left it out */
	uint32_t group;                 /* the row's */
};

/* The group of a node's blocks, 0 for all that is no row. */
static uint32_t group_at(const struct keeping_of *of, uint32_t at)
{
	const struct look_node *node = &of->tree->of[at];

	return node->kind == LOOK_NODE_PART ? of->groups[node->id] : 0;
}

/* The node above that keeps a node of the row alive, past other nodes of the row; 0: all
 * that there is. */
static uint32_t keeper_of(const struct keeping_of *of, uint32_t at)
{
	do
		at = of->tree->of[at].parent;
	while (at && group_at(of, at) == of->group);
	return at;
}

/* Whether two keepers are one: the same node, or nodes of one row. */
static bool is_one_keeper(const struct keeping_of *of, uint32_t a, uint32_t b)
{
	return a == b || (group_at(of, a) && group_at(of, a) == group_at(of, b));
}

/* The only keeper that may have more than half of the row's bytes: others outvote each
 * of the rest. */
static uint32_t find_majority(const struct keeping_of *of)
{
	uint32_t best = 0;
	uint64_t votes = 0;

	for (uint32_t i = 1; i < of->tree->length; i++) {
		if (group_at(of, i) != of->group)
			continue;
		uint32_t keeper = keeper_of(of, i);
		uint64_t bytes = of->tree->of[i].bytes;

		if (is_one_keeper(of, keeper, best)) {
			votes += bytes;
		} else if (votes >= bytes) {
			votes -= bytes;
		} else {
			best = keeper;
			votes = bytes - votes;
		}
	}
	return best;
}

/* Whether it has enough of the row's bytes, which are added up. */
static bool has_most(const struct keeping_of *of, uint32_t keeper, uint64_t *own)
{
	uint64_t kept = 0;

	*own = 0;
	for (uint32_t i = 1; i < of->tree->length; i++) {
		if (group_at(of, i) != of->group)
			continue;
		*own += of->tree->of[i].bytes;
		if (is_one_keeper(of, keeper_of(of, i), keeper))
			kept += of->tree->of[i].bytes;
	}
	return kept && (double)kept >= MOST * (double)*own;
}

bool keeper_find(const struct table *table, const struct row *row, struct keeper *keeper)
{
	const struct table_parts *parts = table_parts(table);
	uint64_t own;

	if (!held_known(table) || !look_retains(table->now->look))
		return false;
	const struct keeping_of of = {
		.tree = &table->now->look->held->dominators,
		.groups = parts->part_groups,
		.group = parts->order[row->index] + 1,
	};
	uint32_t found = find_majority(&of);
	const struct look_node *node = &of.tree->of[found];

	keeper->row = group_at(&of, found);
	if ((!keeper->row && node->kind != LOOK_NODE_ROOT) || !has_most(&of, found, &own))
		return false;
	keeper->others = keeper->row || node->all_bytes < own ? 0 : node->all_bytes - own;
	held_name(table, table->now, node, keeper->name);
	return true;
}
