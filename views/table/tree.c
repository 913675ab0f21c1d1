/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes the tree from a grouping whose groups are nodes: the links between nodes, the
 * choice of nodes in a limited tree, and the order of siblings (tree.h).
 */
#include "views/table/tree.h"
#include "tracer/ground/array.h"
#include "tracer/ground/large.h"
#include <stdlib.h>
#include <string.h>
#include "views/table/callers.h"
#include "views/table/sort.h"
#include "views/row/sum.h"
#include "views/table/tree_parts.h"

static uint32_t tree_parent_of(const struct tree *tree, uint32_t node)
{
	return tree->grouping.trie.nodes[node].parent;
}

/* Makes room for a link for each node, and for node 0 even if the tree is empty. */
static bool grow_links(struct tree *tree)
{
	size_t need = tree->grouping.length + 1;

	if (!array_grow(&tree->links, &tree->links_room, need, sizeof(*tree->links)))
		return false;
	large_pages(tree->links, tree->links_room * sizeof(*tree->links));
	memset(tree->links + tree->links_length, 0,
	       (need - tree->links_length) * sizeof(*tree->links));
	tree->links_length = need;
	return true;
}

/* Drops the nodes that fail the row tests; a node stays if it passes, or if any node
 * beneath it passes. */
static void drop_nodes(struct table_parts *parts, struct tree *tree)
{
	const struct filter_list *filters = parts->table.view.filters;
	size_t n = tree->grouping.length;

	for (size_t i = 1; i < n && !table_stopped(parts, i); i++) {
		struct row row;

		table_make_row(&parts->table, &tree->grouping.groups[i], &row);
		tree->links[i].dropped = !filters_keep_row(filters, &row);
	}
	for (size_t i = n; i-- > 1;) {
		struct tree_link *parent =
			&tree->links[tree_parent_of(tree, (uint32_t)i)];

		parent->dropped = parent->dropped && tree->links[i].dropped;
	}
}

/* Links the nodes from `from` on to their parents.  Returns how many. */
static size_t link_nodes(struct tree *tree, size_t from)
{
	size_t linked = 0;

	for (size_t i = tree->grouping.length; i-- > from;) {
		struct tree_link *link = &tree->links[i];
		struct tree_link *parent =
			&tree->links[tree_parent_of(tree, (uint32_t)i)];

		if (link->dropped)
			continue;
		link->next = parent->child;
		parent->child = (uint32_t)i;
		parent->children++;
		linked++;
	}
	return linked;
}

/* Makes the children of a lazy tree's node, each with its stacks, without linking them
 * yet. */
static bool make_children(struct tree *tree, uint32_t node)
{
	struct grouping *grouping = &tree->grouping;
	size_t first = tree->links[node].first, end = tree->links[node].end;

	tree->links[node].opened = true;
	callers_open(grouping, node, first, end);
	if (grouping->legend->failed || !grow_links(tree)) {
		grouping->legend->failed = true;
		return false;
	}
	for (size_t i = end; i-- > first;) {
		struct tree_link *link = &tree->links[grouping->callers[i].node];

		if (grouping->callers[i].node == node)
			break;
		link->first = (uint32_t)i;
		link->end = link->end ? link->end : (uint32_t)i + 1;
	}
	return true;
}

void tree_open(struct table_parts *parts, uint32_t node)
{
	struct tree *tree = parts->tree;
	size_t from = tree->grouping.length;

	if (tree->lazy && !tree->links[node].opened && make_children(tree, node))
		link_nodes(tree, from ? from : 1);
}

bool tree_has_children(const struct tree *tree, uint32_t node)
{
	const struct tree_link *link = &tree->links[node];

	return !tree->lazy || link->opened
		       ? link->children
		       : callers_go_on(&tree->grouping, link->first, link->end);
}

/* Row tests judge every node of the tree, so a lazy tree has all its nodes made here and
 * is not lazy any more. */
static bool make_whole(struct table_parts *parts, struct tree *tree)
{
	for (size_t i = 0; i < tree->links_length && (!i || i < tree->grouping.length); i++) {
		if (table_stopped(parts, i) || !make_children(tree, (uint32_t)i))
			return false;
	}
	tree->lazy = false;
	return true;
}

/* Adds up what the remaining top nodes hold. */
static void sum_tops(struct table_parts *parts, const struct tree *tree)
{
	struct table *table = &parts->table;

	table->sum = (struct figures){0};
	table->old_sum = table->old_count = 0;
	for (uint32_t i = tree->links[0].child; i; i = tree->links[i].next) {
		const struct group *group = &tree->grouping.groups[i];

		sum_figures(&table->sum, &group->now);
		figure_add(&table->old_sum, table->diff ? group->was : 0);
		figure_add(&table->old_count, group->old_count);
	}
}

/* Sorts the children of a node into the table's order. */
static void sort_children(struct table_parts *parts, uint32_t node)
{
	struct tree *tree = parts->tree;
	struct tree_link *link;
	uint32_t *numbers, n = 0;

	tree_open(parts, node);
	link = &tree->links[node];
	if (link->sorted || link->children < 2)
		return;
	link->sorted = true;
	numbers = malloc(link->children * sizeof(*numbers));
	if (!numbers)
		/* If out of memory, the children stay unsorted, which is better than
		 * none. */
		return;
	for (uint32_t i = link->child; i; i = tree->links[i].next)
		numbers[n++] = i;
	if (sort_groups(parts, &tree->grouping, numbers, n)) {
		link->child = 0;
		while (n--) {
			tree->links[numbers[n]].next = link->child;
			link->child = numbers[n];
		}
	}
	free(numbers);
}

/* A binary heap of candidates; the one that comes first in order is on top. */
struct frontier {
	struct table_parts *parts;
	uint32_t *nodes;
	size_t length, room;
};

static bool goes_first(const struct frontier *frontier, size_t a, size_t b)
{
	return sort_before(frontier->parts, &frontier->parts->tree->grouping,
			   frontier->nodes[a], frontier->nodes[b]);
}

static void tree_swap(struct frontier *frontier, size_t a, size_t b)
{
	uint32_t node = frontier->nodes[a];

	frontier->nodes[a] = frontier->nodes[b];
	frontier->nodes[b] = node;
}

/* Adds a node and all siblings after it as one candidate, for which the first stands. */
static bool frontier_add(struct frontier *frontier, uint32_t node)
{
	size_t at = frontier->length;

	if (!node)
		return true;
	if (!array_grow(&frontier->nodes, &frontier->room, at + 1, sizeof(*frontier->nodes)))
		return false;
	frontier->nodes[frontier->length++] = node;
	for (; at && goes_first(frontier, at, (at - 1) / 2); at = (at - 1) / 2)
		tree_swap(frontier, at, (at - 1) / 2);
	return true;
}

static uint32_t frontier_take(struct frontier *frontier)
{
	uint32_t node = frontier->nodes[0];
	size_t at = 0;

	frontier->nodes[0] = frontier->nodes[--frontier->length];
	for (;;) {
		size_t best = at;

		for (size_t i = 2 * at + 1; i <= 2 * at + 2 && i < frontier->length; i++) {
			if (goes_first(frontier, i, best))
				best = i;
		}
		if (best == at)
			return node;
		tree_swap(frontier, at, best);
		at = best;
	}
}

static bool tree_choose(struct table_parts *parts, size_t limit)
{
	struct frontier frontier = {.parts = parts};
	struct tree *tree = parts->tree;
	bool ok;

	sort_children(parts, 0);
	ok = frontier_add(&frontier, tree->links[0].child);
	while (ok && frontier.length && limit-- && !table_stopped(parts, limit)) {
		uint32_t node = frontier_take(&frontier);

		tree->links[node].chosen = true;
		tree->links[tree_parent_of(tree, node)].shown++;
		sort_children(parts, node);
		ok = frontier_add(&frontier, tree->links[node].next) &&
		     frontier_add(&frontier, tree->links[node].child);
	}
	/* If no candidate is left, all nodes have been chosen, and so their number is
	 * known. */
	if (tree->lazy && !frontier.length)
		parts->table.total_rows = tree->grouping.length ? tree->grouping.length - 1 : 0;
	free(frontier.nodes);
	tree->limited = true;
	return ok && !parts->stopped && !tree->grouping.legend->failed;
}

/* Makes the nodes and links, and counts the nodes. */
static bool make_nodes(struct table_parts *parts, struct tree *tree)
{
	bool tests = filters_have_row_tests(parts->table.view.filters);

	tree->links[0].end = (uint32_t)tree->grouping.callers_length;
	if (tree->lazy && !tests) {
		tree_open(parts, 0);
		parts->table.total_rows = tree->links[0].children ? TABLE_MANY : 0;
		return !tree->grouping.legend->failed;
	}
	if (tree->lazy && !make_whole(parts, tree))
		return false;
	if (!tree->grouping.view.inverted)
		grouping_pile(&tree->grouping);
	if (tests)
		drop_nodes(parts, tree);
	parts->table.total_rows = link_nodes(tree, 1);
	return !parts->stopped;
}

bool tree_make(struct table_parts *parts, struct grouping *grouping)
{
	struct table *table = &parts->table;
	struct tree *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return false;
	tree->grouping = *grouping;
	tree->lazy = table->view.inverted;
	memset(grouping, 0, sizeof(*grouping));
	parts->tree = tree;
	if (!grow_links(tree) || !make_nodes(parts, tree))
		return false;
	sum_tops(parts, tree);
	return !table->view.limit || table->view.limit >= table->total_rows ||
	       tree_choose(parts, table->view.limit);
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	grouping_free(&tree->grouping);
	free(tree->links);
	free(tree);
}

/* Returns the node if it is shown, else 0.  In a limited tree only the chosen nodes are
 * shown, and they come first among their siblings. */
static uint32_t tree_shown(const struct tree *tree, uint32_t node)
{
	return tree->limited && !tree->links[node].chosen ? 0 : node;
}

uint32_t tree_child(const struct table *table, uint32_t node)
{
	struct table_parts *parts = table_parts(table);

	sort_children(parts, node);
	return tree_shown(parts->tree, parts->tree->links[node].child);
}

uint32_t tree_next(const struct table *table, uint32_t node)
{
	const struct tree *tree = table_parts(table)->tree;

	return tree_shown(tree, tree->links[node].next);
}

bool tree_failed(const struct table *table)
{
	return table_parts(table)->legend->failed;
}

uint32_t tree_parent(const struct table *table, uint32_t node)
{
	return tree_parent_of(table_parts(table)->tree, node);
}
