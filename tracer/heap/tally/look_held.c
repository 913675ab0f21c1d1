/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/heap/tally/look_held.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"

struct look_held *look_held_new(void)
{
	struct look_held *held = calloc(1, sizeof(*held));

	if (held && !(held->names = look_types_new())) {
		free(held);
		held = NULL;
	}
	return held;
}

struct look_held *look_held_retain(struct look_held *held)
{
	if (held)
		__atomic_fetch_add(&held->references, 1, __ATOMIC_RELAXED);
	return held;
}

void look_held_release(struct look_held *held)
{
	if (!held || __atomic_fetch_sub(&held->references, 1, __ATOMIC_ACQ_REL))
		return;
	for (size_t i = 0; i < held->roots_length; i++)
		free(held->roots[i]);
	free(held->roots);
	free(held->mappers);
	look_types_free(held->names);
	free(held->ways.of);
	free(held->dominators.of);
	free(held->examples);
	free(held);
}

uint32_t look_held_root(struct look_held *held, const char *name)
{
	if (held->roots_length >= UINT32_MAX - 1 ||
	    !array_grow(&held->roots, &held->roots_room, held->roots_length + 1,
			sizeof(*held->roots)) ||
	    !array_grow(&held->mappers, &held->mappers_room, held->roots_length + 1,
			sizeof(*held->mappers)))
		return UINT32_MAX;
	char *copy = strdup(name);

	if (!copy)
		return UINT32_MAX;
	held->roots[held->roots_length] = copy;
	held->mappers[held->roots_length] = (struct trace_id){ 0 };
	return (uint32_t)held->roots_length++;
}

bool look_tree_add(struct look_tree *tree, const struct look_node *node)
{
	if (!array_grow(&tree->of, &tree->room, tree->length + 1, sizeof(*tree->of)))
		return false;
	tree->of[tree->length++] = *node;
	return true;
}

/* Sums saturate instead of wrapping around, since a recording may contain any numbers. */
static void look_tree_add_figure(uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = UINT64_MAX;
}

void look_tree_sum(struct look_tree *tree)
{
	for (size_t i = 0; i < tree->length; i++) {
		tree->of[i].all_blocks = tree->of[i].blocks;
		tree->of[i].all_bytes = tree->of[i].bytes;
	}
	for (size_t i = tree->length; i-- > 1;) {
		struct look_node *node = &tree->of[i], *parent = &tree->of[node->parent];

		look_tree_add_figure(&parent->all_blocks, node->all_blocks);
		look_tree_add_figure(&parent->all_bytes, node->all_bytes);
	}
}

bool look_held_example(struct look_held *held, const struct look_example *example)
{
	if (!array_grow(&held->examples, &held->examples_room, held->examples_length + 1,
			sizeof(*held->examples)))
		return false;
	held->examples[held->examples_length++] = *example;
	return true;
}
