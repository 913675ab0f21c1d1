/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/heap/tally/held_sum.h"

#include <stdlib.h>
#include <string.h>

static struct look_tree *tree_of(const struct look_held *held, unsigned which)
{
	return (struct look_tree *)(uintptr_t)(which ? &held->dominators : &held->ways);
}

/* Sums saturate instead of wrapping around, since a recording may contain any numbers. */
static void add_saturated(uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = UINT64_MAX;
}

/* The sum's number of a root; UINT32_MAX: out of memory. */
static uint32_t sum_root(struct held_sum *sum, const char *name, struct trace_id mapper)
{
	struct look_held *held = sum->held;
	uint32_t hash = hash_bytes(name, strlen(name)), number;

	for (size_t at = hash; (number = finder_next(&sum->roots, hash, &at));)
		if (strcmp(held->roots[number - 1], name) == 0 &&
		    held->mappers[number - 1].v == mapper.v)
			return number - 1;
	if (!finder_room(&sum->roots))
		return UINT32_MAX;
	number = look_held_root(held, name);
	if (number == UINT32_MAX)
		return number;
	held->mappers[number] = mapper;
	finder_put(&sum->roots, hash, number + 1);
	return number;
}

static bool is_same_node(const struct look_node *a, const struct look_node *b)
{
	return a->parent == b->parent && a->kind == b->kind && a->id == b->id && a->name == b->name;
}

/* Adds a node, in the sum's numbers, to the one that is the same.  Its index; UINT32_MAX: out
 * of memory. */
static uint32_t sum_node(struct held_sum *sum, unsigned which,
			 const struct look_node *node)
{
	struct look_tree *tree = tree_of(sum->held, which);
	uint32_t hash = hash_mix(hash_mix(node->parent, node->kind), hash_mix(node->id, node->name));
	uint32_t number, found = UINT32_MAX;

	for (size_t at = hash; (number = finder_next(&sum->nodes[which], hash, &at));)
		if (is_same_node(&tree->of[number - 1], node))
			found = number - 1;
	if (found == UINT32_MAX && tree->length >= HELD_SUM_NODES)
		found = node->parent;
	if (found != UINT32_MAX) {
		struct look_node *to = &tree->of[found];

		to->longest = to->longest > node->longest ? to->longest : node->longest;
		add_saturated(&to->blocks, node->blocks);
		add_saturated(&to->bytes, node->bytes);
		return found;
	}
	if (!finder_room(&sum->nodes[which]) || !look_tree_add(tree, node))
		return UINT32_MAX;
	finder_put(&sum->nodes[which], hash, (uint32_t)tree->length);
	return (uint32_t)tree->length - 1;
}

/* A node in the sum's numbers.  False: out of memory. */
static bool in_numbers_of(struct held_sum *sum, const struct look_held *from,
			  const uint32_t *parts, struct look_node *node)
{
	if (node->kind == LOOK_NODE_ROOT || node->kind == LOOK_NODE_SHARED)
		node->id = sum_root(sum, from->roots[node->id], from->mappers[node->id]);
	else if (node->kind == LOOK_NODE_PART && parts)
		node->id = parts[node->id];
	if (node->name)
		node->name = look_types_name(sum->held->names,
					     from->names->names[node->name]);
	return node->id != UINT32_MAX && node->name != UINT32_MAX;
}

static bool sum_tree(struct held_sum *sum, unsigned which, const struct look_held *from,
		     const uint32_t *parts)
{
	const struct look_tree *tree = tree_of(from, which);
	uint32_t *places = malloc((tree->length + 1) * sizeof(*places));
	bool whole = places;

	for (size_t i = 0; whole && i < tree->length; i++) {
		struct look_node node = tree->of[i];

		node.parent = i ? places[node.parent] : 0;
		whole = in_numbers_of(sum, from, parts, &node);
		places[i] = whole ? sum_node(sum, which, &node) : UINT32_MAX;
		whole = places[i] != UINT32_MAX;
	}
	free(places);
	return whole;
}

bool held_sum_add(struct held_sum *sum, const struct look_held *from, const uint32_t *parts)
{
	if (!sum->held)
		sum->held = look_held_new();
	sum->unretained |= !from->dominators.length;
	return sum->held && sum_tree(sum, 0, from, parts) &&
	       (sum->unretained || sum_tree(sum, 1, from, parts));
}

struct look_held *held_sum_copy(const struct held_sum *sum)
{
	struct held_sum copy = { 0 };
	bool whole = sum->held && held_sum_add(&copy, sum->held, NULL);
	struct look_held *held = whole ? copy.held : NULL;

	if (held) {
		copy.held = NULL;
		if (sum->unretained)
			held->dominators.length = 0;
		look_tree_sum(&held->ways);
		look_tree_sum(&held->dominators);
	}
	held_sum_free(&copy);
	return held;
}

void held_sum_free(struct held_sum *sum)
{
	look_held_release(sum->held);
	finder_free(&sum->roots);
	finder_free(&sum->nodes[0]);
	finder_free(&sum->nodes[1]);
	*sum = (struct held_sum){ 0 };
}
