/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Children are found by two arrays: the first child of each node, and the next child of
 * the same parent.  A row stands for a set of nodes that read alike, so the rows below it
 * are made of the children of all of them.  A node may have very many children, so names
 * are written only for the heaviest.
 */
#include "views/held/laid.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/heap/tally/look_held.h"
#include "views/held/held.h"
#include "views/row/sum.h"

#define LAID_DEEP 128u
#define LAID_HEAVIEST 2048u             /* children of one row whose names are written, at
					 * most */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_FACTOR UINT64_C(0x100000001b3)

bool laid_known(const struct table *table)
{
	return table->now->look && look_retains(table->now->look) && !table->now->look->sizes_alone;
}

struct keeping {
	const struct table *table;
	const struct look_tree *tree;
	uint32_t *child, *next;         /* 0: there is none */
	struct laid *laid;
	bool (*open)(void *user, const struct laid_row *row, uint64_t whole);
	void *user;
	size_t most;
	bool failed;                    /* out of memory */
};

/* A node, with a hash of its name and those above it: nodes with equal paths read
 * alike. */
struct alike {
	uint64_t path;
	uint64_t bytes;
	uint32_t node;
};

static bool find_children(struct keeping *keeping)
{
	size_t length = keeping->tree->length;

	keeping->child = calloc(length + 1, sizeof(*keeping->child));
	keeping->next = calloc(length + 1, sizeof(*keeping->next));
	if (!keeping->child || !keeping->next)
		return false;
	for (size_t i = length; i-- > 1;) {
		uint32_t *first = &keeping->child[keeping->tree->of[i].parent];

		keeping->next[i] = *first;
		*first = (uint32_t)i;
	}
	return true;
}

static int by_weight(const void *left, const void *right)
{
	const struct alike *a = left, *b = right;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return a->node < b->node ? -1 : a->node > b->node;
}

static int by_path(const void *left, const void *right)
{
	const struct alike *a = left, *b = right;

	if (a->path != b->path)
		return a->path < b->path ? -1 : 1;
	return by_weight(left, right);
}

static uint64_t path_of(uint64_t above, const char *name)
{
	for (; *name; name++)
		above = (above ^ (unsigned char)*name) * HASH_FACTOR;
	return (above ^ '\n') * HASH_FACTOR;
}

/* Lists the heaviest children of some nodes with their names, so that those that read
 * alike are neighbours.  NULL: out of memory. */
static struct alike *list_children(const struct keeping *keeping, const struct alike *nodes,
				   size_t nodes_length, uint64_t above, size_t *length)
{
	struct alike *all = NULL;
	size_t room = 0;
	char name[HELD_NAME];

	*length = 0;
	if (!array_grow(&all, &room, 1, sizeof(*all)))
		return NULL;
	for (size_t i = 0; i < nodes_length; i++)
		for (uint32_t at = keeping->child[nodes[i].node]; at; at = keeping->next[at]) {
			if (!array_grow(&all, &room, *length + 1, sizeof(*all))) {
				free(all);
				return NULL;
			}
			all[(*length)++] = (struct alike){
				.bytes = keeping->tree->of[at].all_bytes, .node = at };
		}
	if (*length)
		qsort(all, *length, sizeof(*all), by_weight);
	*length = *length < LAID_HEAVIEST ? *length : LAID_HEAVIEST;
	for (size_t i = 0; i < *length; i++) {
		held_name(keeping->table, &keeping->tree->of[all[i].node], name);
		all[i].path = path_of(above, name);
	}
	if (*length)
		qsort(all, *length, sizeof(*all), by_path);
	return all;
}

/* Nodes that read alike and become one row. */
struct bunch {
	struct alike *of;
	size_t length;
	uint64_t bytes;
};

static int bunch_order(const void *left, const void *right)
{
	const struct bunch *a = left, *b = right;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return by_weight(a->of, b->of);
}

/* Groups `all` into bunches, the heaviest first.  Returns how many there are. */
static size_t bunch_up(struct alike *all, size_t length, struct bunch *bunches)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		if (!count || bunches[count - 1].of->path != all[i].path)
			bunches[count++] = (struct bunch){ &all[i], 0, 0 };
		bunches[count - 1].length++;
		figure_add(&bunches[count - 1].bytes, all[i].bytes);
	}
	if (count)
		qsort(bunches, count, sizeof(*bunches), bunch_order);
	return count;
}

static void lay_below(struct keeping *keeping, const struct alike *nodes, size_t length,
		      uint64_t path, unsigned depth);

static void lay_row(struct keeping *keeping, const struct bunch *bunch, unsigned depth)
{
	struct laid *laid = keeping->laid;
	struct laid_row row = { .path = bunch->of->path, .depth = depth };
	char name[HELD_NAME];

	for (size_t i = 0; i < bunch->length; i++) {
		const struct look_node *node = &keeping->tree->of[bunch->of[i].node];

		figure_add(&row.bytes, node->all_bytes);
		figure_add(&row.blocks, node->all_blocks);
		figure_add(&row.own_bytes, node->bytes);
		row.parent |= keeping->child[bunch->of[i].node] != 0;
	}
	row.open = row.parent && depth + 1 < LAID_DEEP &&
		   keeping->open(keeping->user, &row, laid->bytes);
	held_name(keeping->table, &keeping->tree->of[bunch->of->node], name);
	row.name = strdup(name);
	if (!row.name || !array_grow(&laid->rows, &laid->room, laid->length + 1,
				     sizeof(*laid->rows))) {
		free(row.name);
		keeping->failed = true;
		return;
	}
	laid->rows[laid->length++] = row;
	if (row.open)
		lay_below(keeping, bunch->of, bunch->length, row.path, depth + 1);
}

/* Adds the rows of what some nodes keep alive. */
static void lay_below(struct keeping *keeping, const struct alike *nodes, size_t length,
		      uint64_t path, unsigned depth)
{
	size_t children, count = 0;
	struct alike *all = list_children(keeping, nodes, length, path, &children);
	struct bunch *bunches = all ? malloc((children + 1) * sizeof(*bunches)) : NULL;

	if (bunches)
		count = bunch_up(all, children, bunches);
	else
		keeping->failed = true;
	for (size_t i = 0; i < count && !keeping->failed && keeping->laid->length < keeping->most;
	     i++)
		lay_row(keeping, &bunches[i], depth);
	free(bunches);
	free(all);
}

struct laid *laid_new(const struct table *table,
		      bool (*open)(void *user, const struct laid_row *row, uint64_t whole),
		      void *user, size_t most)
{
	const struct look_tree *tree = &table->now->look->held->dominators;
	struct keeping keeping = { .table = table, .tree = tree, .open = open, .user = user,
				   .most = most, .laid = calloc(1, sizeof(struct laid)) };
	const struct alike all = { .node = 0 };

	keeping.failed = !keeping.laid || !find_children(&keeping);
	if (!keeping.failed) {
		keeping.laid->bytes = tree->of[0].all_bytes;
		keeping.laid->blocks = tree->of[0].all_blocks;
		lay_below(&keeping, &all, 1, HASH_START, 0);
	}
	free(keeping.child);
	free(keeping.next);
	if (!keeping.failed)
		return keeping.laid;
	laid_free(keeping.laid);
	return NULL;
}

void laid_free(struct laid *laid)
{
	for (size_t i = 0; laid && i < laid->length; i++)
		free(laid->rows[i].name);
	if (laid)
		free(laid->rows);
	free(laid);
}
