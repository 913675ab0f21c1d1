/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes who holds the blocks of a moment (recording_held.c reads it).  Parts are known
 * by their place in the order in which look_part is read: by type, trace, thread,
 * domain. */
#include "tracer/collect/recording/store/store_held.h"

#include <stdlib.h>
#include "tracer/heap/tally/look_held.h"

int store_forget_held(struct store *store, uint64_t moment, struct error *error)
{
	static const int statements[] = {
		STORE_FORGET_LOOK_ROOTS, STORE_FORGET_MAPPERS, STORE_FORGET_LOOK_NODES,
		STORE_FORGET_LOOK_NAMES, STORE_FORGET_LOOK_EXAMPLES,
	};

	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++) {
		store_bind(store, statements[i], 1, moment);
		if (store_step(store, statements[i], error))
			return -1;
	}
	return 0;
}

static int part_order(const void *left, const void *right, void *user)
{
	const struct snapshot *snapshot = user;
	const struct look_part *a = &snapshot->look->types->parts[*(const uint32_t *)left];
	const struct look_part *b = &snapshot->look->types->parts[*(const uint32_t *)right];
	const struct snapshot_row *x = &snapshot->rows[a->row], *y = &snapshot->rows[b->row];

	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (x->trace.v != y->trace.v)
		return x->trace.v < y->trace.v ? -1 : 1;
	if (x->thread != y->thread)
		return x->thread < y->thread ? -1 : 1;
	return (x->domain > y->domain) - (x->domain < y->domain);
}

/* The place of each part in that order; NULL: out of memory. */
static uint32_t *find_places(const struct snapshot *snapshot)
{
	size_t length = snapshot->look->types->parts_length;
	uint32_t *order = malloc((length + 1) * sizeof(*order));
	uint32_t *places = malloc((length + 1) * sizeof(*places));

	for (uint32_t i = 0; order && i < length; i++)
		order[i] = i;
	if (order && length)
		qsort_r(order, length, sizeof(*order), part_order,
			(void *)(uintptr_t)snapshot);
	for (uint32_t i = 0; order && places && i < length; i++)
		places[order[i]] = i;
	if (!order) {
		free(places);
		places = NULL;
	}
	free(order);
	return places;
}

struct write_tree {
	unsigned which;
	const struct look_tree *tree;
	const struct look_types *names;
	const uint32_t *places;         /* by part */
};

static int write_held_node(struct store *store, uint64_t moment, const struct write_tree *write,
		      size_t i, struct error *error)
{
	const struct look_node *node = &write->tree->of[i];
	uint32_t id = node->kind == LOOK_NODE_PART ? write->places[node->id] : node->id;
	const uint64_t values[] = {
		moment, write->which, i, node->parent, node->kind, id, node->longest,
		node->blocks, node->bytes,
	};

	for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++)
		store_bind(store, STORE_LOOK_NODE, (int)k + 1, values[k]);
	if (store_step(store, STORE_LOOK_NODE, error))
		return -1;
	if (!node->name)
		return 0;
	for (size_t k = 0; k < 3; k++)
		store_bind(store, STORE_LOOK_NAME, (int)k + 1, values[k]);
	store_bind_text(store, STORE_LOOK_NAME, 4, write->names->names[node->name]);
	return store_step(store, STORE_LOOK_NAME, error);
}

static int write_tree(struct store *store, uint64_t moment, const struct write_tree *write,
		      struct error *error)
{
	int result = 0;

	for (size_t i = 0; !result && i < write->tree->length; i++)
		result = write_held_node(store, moment, write, i, error);
	return result;
}

/* Writes a root, and which stack mapped it if that is known. */
static int write_root(struct store *store, uint64_t moment, const struct look_held *held, size_t i,
		      struct error *error)
{
	store_bind(store, STORE_LOOK_ROOT, 1, moment);
	store_bind(store, STORE_LOOK_ROOT, 2, i);
	store_bind_text(store, STORE_LOOK_ROOT, 3, held->roots[i]);
	if (store_step(store, STORE_LOOK_ROOT, error))
		return -1;
	if (!held->mappers[i].v)
		return 0;
	store_bind(store, STORE_MAPPER, 1, moment);
	store_bind(store, STORE_MAPPER, 2, i);
	store_bind(store, STORE_MAPPER, 3, held->mappers[i].v);
	return store_step(store, STORE_MAPPER, error);
}

static int write_examples(struct store *store, uint64_t moment, const struct look_held *held,
			  const uint32_t *places, struct error *error)
{
	int result = 0;

	for (size_t i = 0; !result && i < held->examples_length; i++) {
		const struct look_example *example = &held->examples[i];
		const uint64_t values[] = {
			moment, places[example->part], example->state, example->address,
			example->size,
		};

		for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++)
			store_bind(store, STORE_LOOK_EXAMPLE, (int)k + 1, values[k]);
		result = store_step(store, STORE_LOOK_EXAMPLE, error);
	}
	return result;
}

int store_held(struct store *store, uint64_t moment, const struct snapshot *snapshot,
	       struct error *error)
{
	const struct look_held *held = snapshot->look->held;

	if (!held || !snapshot->look->types)
		return 0;
	uint32_t *places = find_places(snapshot);

	if (!places)
		return store_no_memory(error);
	int result = 0;

	for (size_t i = 0; !result && i < held->roots_length; i++)
		result = write_root(store, moment, held, i, error);
	const struct write_tree ways = { 0, &held->ways, held->names, places };
	const struct write_tree dominators = { 1, &held->dominators, held->names, places };

	if (!result)
		result = write_tree(store, moment, &ways, error);
	if (!result)
		result = write_tree(store, moment, &dominators, error);
	if (!result)
		result = write_examples(store, moment, held, places, error);
	free(places);
	return result;
}
