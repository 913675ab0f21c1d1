/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a table writes down about its members while it is made, and what is found out only
 * when they are asked for: in a tree of callees, nodes are made when they are opened. */
#include "views/table/table_members.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "views/table/by_type.h"
#include "views/table/callers.h"
#include "views/table/tree_parts.h"

static bool is_lazy(const struct view *view)
{
	return view->by == BY_TREE && view->inverted;
}

void table_members_begin(struct table_parts *parts)
{
	const struct view *view = &parts->table.view;

	if (view->members && !is_lazy(view))
		parts->members = members_new(parts->table.now);
}

/* Of a row of one type: whether nearly all blocks of its stack are of that type.  If so,
 * the stack is a member, and its bytes are added to what the group's members hold. */
static bool own_stack(struct table_parts *parts, size_t row, uint32_t group)
{
	const struct snapshot *now = parts->table.now;
	size_t room = parts->told_room;

	if (!array_grow(&parts->told, &parts->told_room, group, sizeof(*parts->told)))
		return false;
	memset(parts->told + room, 0, (parts->told_room - room) * sizeof(*parts->told));
	if (now->look->own[row])
		parts->told[group - 1] += now->rows[row].figures->now.size;
	return now->look->own[row];
}

bool table_member_told(const struct table *table, const struct row *row)
{
	const struct table_parts *parts = table_parts(table);
	uint32_t group = table->view.by == BY_TYPE ? parts->order[row->index] : 0;

	return table->view.by != BY_TYPE ||
	       (group < parts->told_room && by_type_nearly(parts->told[group], row->now.size));
}

void table_members_add(struct table_parts *parts, struct grouping *grouping,
		       struct legend_side *side, size_t row, uint32_t group)
{
	const struct table *table = &parts->table;
	struct trace_id trace = table->now->rows[row].trace;
	uint32_t number = group;

	if (!parts->members || (table->view.by == BY_TYPE && !own_stack(parts, row, group)))
		return;
	/* In a tree, the number is the node at which the stack ends, which is known by
	 * now. */
	if (table->view.by == BY_TREE)
		number = 1 + trie_node(&grouping->trie, side, trace,
				       grouping_frames(&table->view, table_nframe(table->now)));
	else if (table->view.cumulative)
		number = 1 + legend_link(side, trace);
	members_set(parts->members, row, number);
}

static bool finish_nodes(struct members *members, const struct trie *trie)
{
	uint32_t *parents = malloc((trie->length + 1) * sizeof(*parents));

	for (size_t i = 0; parents && i < trie->length; i++)
		parents[i] = trie->nodes[i].parent;
	if (parents)
		members_are_nodes(members, parents, trie->length);
	return parents;
}

static bool finish_members(struct table_parts *parts, const struct grouping *grouping)
{
	const struct view *view = &parts->table.view;
	struct snapshot *now = parts->table.now;

	if (view->by == BY_TREE)
		return finish_nodes(parts->members, &grouping->trie);
	if (view->cumulative)
		return members_are_links(parts->members, legend_side(parts->legend, now->catalog),
					 grouping->by_frame, grouping->by_frame_room,
					 grouping->length, table_nframe(now));
	members_are_groups(parts->members, grouping->length);
	return true;
}

void table_members_end(struct table_parts *parts, const struct grouping *grouping)
{
	if (!parts->members || finish_members(parts, grouping))
		return;
	/* If out of memory, there are no members, and nobody can ask for them. */
	members_release(parts->members);
	parts->members = NULL;
}

bool table_has_members(const struct table *table)
{
	return table_parts(table)->members || (table->view.members && is_lazy(&table->view));
}

uint32_t table_member(const struct table *table, const struct row *row)
{
	const struct table_parts *parts = table_parts(table);

	assert(row->index < table->length || table->view.by == BY_TREE);
	return table->view.by == BY_TREE ? row->node : parts->order[row->index];
}

struct asked_node {
	uint32_t node, place;
};

static int compare_asked(const void *a, const void *b)
{
	const struct asked_node *x = a, *y = b;

	return (x->node > y->node) - (x->node < y->node);
}

/* Each node has a range of the stacks that contains the ranges of its children, whose
 * numbers are greater than its own. */
static bool hold_stacks(const struct tree *tree, const struct table *table,
			const struct asked_node *asked, struct members *members)
{
	const struct tree_link *link = &tree->links[asked->node];

	for (size_t i = link->first; i < link->end; i++) {
		const struct caller *caller = &tree->grouping.callers[i];

		if (!caller->old && !members_hold(members, (size_t)(caller->row - table->now->rows),
						  asked->place))
			return false;
	}
	return true;
}

static struct members *members_of_stacks(const struct table *table, const uint32_t *rows,
					 size_t length)
{
	const struct tree *tree = table_parts(table)->tree;
	struct members *members = members_new(table->now);
	struct asked_node *asked = malloc((length + 1) * sizeof(*asked));
	bool fine = members && asked;

	for (size_t i = 0; fine && i < length; i++)
		asked[i] = (struct asked_node){rows[i], (uint32_t)i};
	if (fine)
		qsort(asked, length, sizeof(*asked), compare_asked);
	for (size_t i = 0; fine && i < length; i++)
		if (asked[i].node < tree->links_length)
			fine = hold_stacks(tree, table, &asked[i], members);
	free(asked);
	if (fine)
		return members;
	members_release(members);
	return NULL;
}

struct members *table_members(const struct table *table, const uint32_t *rows, size_t length)
{
	struct members *members = table_parts(table)->members;

	if (members)
		return members_retain(members);
	return table_has_members(table) ? members_of_stacks(table, rows, length) : NULL;
}
