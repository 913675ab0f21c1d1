/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Adds up a dominator tree by rows of blocks.  The tree is read once, in preorder, with a
 * stack of those places that matter and that have not ended yet.
 */
#include <errno.h>
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/ground/large.h"
#include "tracer/look/graph/dominators_parts.h"

#define NO_FOLD UINT32_MAX
#define PLACES_AHEAD 32u

static struct dominators_sum place_sum(const struct dominators *tree, uint32_t place)
{
	const struct graph *graph = tree->graph;
	uint32_t node = tree->places[place].node;

	if (node >= graph->length || graph->nodes[node].low & NODE_PART)
		return (struct dominators_sum){ 0 };
	return (struct dominators_sum){ 1, graph_size(graph, node) };
}

/* The folds, and a hash table from (fold, kind and id of what is below it) to the fold
 * there. */
struct folding {
	const struct dominators_folding *how;
	struct dominators_fold *folds;
	size_t length, room;
	struct step {
		uint64_t key;           /* kind and id, see step_key; 0: unused */
		uint32_t from, to;
	} *steps;
	size_t steps_length, steps_room;        /* room: a power of two */
	struct above {
		uint32_t fold, end;     /* `end`: a place */
		uint32_t run;           /* how many of one fold are right below one
					 * another */
	} *stack;
	size_t depth, stack_room;
};

static uint64_t step_key(enum dominators_kind kind, uint32_t id)
{
	return (uint64_t)kind << 32 | id;
}

static struct step *step_find(const struct folding *folding, uint32_t from, uint64_t key)
{
	uint64_t hash = (key * UINT64_C(0x9e3779b97f4a7c15) ^ from) *
			UINT64_C(0xd6e8feb86659fd93);
	size_t i = (size_t)(hash >> 24) & (folding->steps_room - 1);

	while (folding->steps[i].key &&
	       (folding->steps[i].key != key || folding->steps[i].from != from))
		i = (i + 1) & (folding->steps_room - 1);
	return &folding->steps[i];
}

static int steps_grow(struct folding *folding)
{
	struct folding more = { .steps_room = folding->steps_room ?
						      folding->steps_room * 2 :
						      256 };

	more.steps = large_calloc(more.steps_room, sizeof(*more.steps));
	if (!more.steps)
		return -ENOMEM;
	for (size_t i = 0; i < folding->steps_room; i++) {
		const struct step *step = &folding->steps[i];

		if (step->key)
			*step_find(&more, step->from, step->key) = *step;
	}
	free(folding->steps);
	folding->steps = more.steps;
	folding->steps_room = more.steps_room;
	return 0;
}

static bool is_of_key(const struct folding *folding, uint32_t fold, uint64_t key)
{
	return step_key(folding->folds[fold].kind, folding->folds[fold].id) == key;
}

/* The fold of the same kind and id on the path from a fold up; NO_FOLD: there is none, or
 * it is not deep enough. */
static uint32_t fold_above(const struct folding *folding, uint32_t fold, uint64_t key)
{
	unsigned depth = 0;

	if (fold && is_of_key(folding, fold, key))
		return fold;
	for (uint32_t at = fold; at && depth < folding->how->deep; depth++)
		at = folding->folds[at].parent;
	if (depth < folding->how->deep)
		return NO_FOLD;
	while (fold && !is_of_key(folding, fold, key))
		fold = folding->folds[fold].parent;
	return fold ? fold : NO_FOLD;
}

/* Finds or makes the fold for (kind, id) below `from`: 0 or -ENOMEM. */
static int fold_below(struct folding *folding, uint32_t from, enum dominators_kind kind,
		      uint32_t id, uint32_t *to)
{
	uint64_t key = step_key(kind, id);

	if (folding->steps_length * 2 >= folding->steps_room && steps_grow(folding) != 0)
		return -ENOMEM;
	struct step *step = step_find(folding, from, key);

	if (!step->key) {
		*to = fold_above(folding, from, key);
		if (*to == NO_FOLD && folding->length >= folding->how->most)
			*to = from;
		if (*to == NO_FOLD) {
			if (!array_grow(&folding->folds, &folding->room,
					folding->length + 1, sizeof(*folding->folds)))
				return -ENOMEM;
			*to = (uint32_t)folding->length++;
			folding->folds[*to] = (struct dominators_fold){
				.parent = from, .kind = kind, .id = id };
		}
		*step = (struct step){ key, from, *to };
		folding->steps_length++;
	}
	*to = step->to;
	return 0;
}

/* Finds the fold that a place is added to, and whether it is a block with a row. */
static int find_fold(const struct dominators *tree, uint32_t node, struct folding *folding,
		     uint32_t from, uint32_t *to, bool *block)
{
	size_t length = tree->graph->length, root = node - length;
	uint32_t row = node < length ? folding->how->rows[node] : DOMINATORS_NO_ROW;

	*block = row != DOMINATORS_NO_ROW && !(tree->graph->nodes[node].low & NODE_PART);
	*to = from;
	if (node >= length)
		return root < tree->roots_length ?
			       fold_below(folding, from, DOMINATORS_ROOT, tree->roots[root], to) :
			       fold_below(folding, from, DOMINATORS_NOBODY, 0, to);
	const uint32_t *shared = folding->how->shared;

	if (!from && shared && shared[node] != DOMINATORS_NO_ROW) {
		int error = fold_below(folding, 0, DOMINATORS_SHARED, shared[node], to);

		if (error)
			return error;
	}
	return row == DOMINATORS_NO_ROW ? 0 :
		       fold_below(folding, *to, DOMINATORS_ROW, row, to);
}

static int fold_place(const struct dominators *tree, uint32_t place, struct folding *folding)
{
	uint32_t end = tree->places[place].end, to;
	bool block;

	while (folding->depth && folding->stack[folding->depth - 1].end <= place)
		folding->depth--;
	struct above above = { 0 };

	if (folding->depth)
		above = folding->stack[folding->depth - 1];
	int error = find_fold(tree, tree->places[place].node, folding, above.fold, &to, &block);

	if (error)
		return error;
	struct dominators_fold *fold = &folding->folds[to];
	struct dominators_sum own = place_sum(tree, place);
	uint32_t run = (to == above.fold ? above.run : 0) + block;

	fold->own.blocks += own.blocks;
	fold->own.bytes += own.bytes;
	fold->longest = run > fold->longest ? run : fold->longest;
	if (end == place + 1)
		return 0;
	if (!array_grow(&folding->stack, &folding->stack_room, folding->depth + 1,
			sizeof(*folding->stack)))
		return -ENOMEM;
	folding->stack[folding->depth++] = (struct above){ to, end, run };
	return 0;
}

/* Prefetches: places come in order, but their nodes do not. */
__attribute__((always_inline))
static inline void fold_fetch(const struct dominators *tree, const struct dominators_folding *how,
		       uint32_t place)
{
	if (tree->length - place <= PLACES_AHEAD)
		return;
	uint32_t node = tree->places[place + PLACES_AHEAD].node;

	if (node >= tree->graph->length)
		return;
	__builtin_prefetch(&how->rows[node]);
	__builtin_prefetch(&tree->graph->nodes[node]);
}

static void fold_up(struct dominators_fold *folds, size_t length)
{
	for (size_t i = 0; i < length; i++)
		folds[i].retained = folds[i].own;
	for (size_t i = length - 1; i > 0; i--) {
		struct dominators_sum *above = &folds[folds[i].parent].retained;

		above->blocks += folds[i].retained.blocks;
		above->bytes += folds[i].retained.bytes;
	}
}

void dominators_tops(const struct dominators *tree, uint32_t *tops)
{
	size_t length = tree->graph->length;
	uint32_t top = DOMINATORS_NO_ROW, end = 0;

	for (size_t n = 0; n < length; n++)
		tops[n] = DOMINATORS_NO_ROW;
	for (uint32_t place = 1; place < tree->length; place++) {
		uint32_t node = tree->places[place].node;

		if (node < length && place < end)
			tops[node] = top;
		if (node < length || node - length >= tree->roots_length)
			continue;
		top = tree->roots[node - length];
		end = tree->places[place].end;
	}
}

void dominators_above(const struct dominators *tree, uint32_t *above, uint64_t *bytes)
{
	size_t length = tree->graph->length;
	/* Backwards, so that the blocks below a place have been met when it comes. */
	for (uint32_t place = tree->length; place-- > 1;) {
		const struct dominators_place *at = &tree->places[place];
		uint64_t below = 0;

		for (uint32_t next = place + 1; next < at->end; next = tree->places[next].end) {
			uint32_t node = tree->places[next].node;

			above[node] = at->node < length ? at->node : DOMINATORS_NO_ROW;
			below += bytes[node];
		}
		if (at->node >= length)
			continue;
		bytes[at->node] = below + place_sum(tree, place).bytes;
		above[at->node] = DOMINATORS_NO_ROW;    /* until that of its own block is
							 * known */
	}
}

int dominators_fold(const struct dominators *tree, const struct dominators_folding *how,
		    struct dominators_fold **folds, size_t *length)
{
	struct folding folding = { .length = 1, .how = how };
	int error = 0;

	if (!array_grow(&folding.folds, &folding.room, 1, sizeof(*folding.folds)))
		error = -ENOMEM;
	else
		folding.folds[0] = (struct dominators_fold){ .kind = DOMINATORS_ALL };
	for (uint32_t place = 1; !error && place < tree->length; place++) {
		fold_fetch(tree, how, place);
		error = fold_place(tree, place, &folding);
	}
	free(folding.steps);
	free(folding.stack);
	if (error)
		free(folding.folds);
	else
		fold_up(folding.folds, folding.length);
	*folds = error ? NULL : folding.folds;
	*length = error ? 0 : folding.length;
	return error;
}
