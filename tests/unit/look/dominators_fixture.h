/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_LOOK_DOMINATORS_FIXTURE_H
#define TESTS_UNIT_LOOK_DOMINATORS_FIXTURE_H
/* Small heaps, and what is asked of the tree of their dominators. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/look/failing_malloc.h"
#include "tests/unit/look/made_heap.h"
#include "tracer/look/graph/dominators_parts.h"
#include "tracer/look/graph/ways.h"

static struct made made;

static inline void begin(void)
{
	made = (struct made){ .length = 0 };
}

/* Blocks of 64 bytes, each with the next trace. */
static inline uint64_t next_block(void)
{
	return add(&made, made.length * 64, 64, (uint32_t)made.length);
}

struct made_tree {
	struct graph *graph;
	struct dominators *tree;
};

/* levels: by root; NULL: all the same. */
static inline struct made_tree make_by(const uint8_t *levels)
{
	struct made_tree of = { .graph = graph_new() };

	assert_int_equal(feed(of.graph, &made), 0);
	assert_int_equal(dominators_find(of.graph, levels, &of.tree), 0);
	return of;
}

static inline struct made_tree make(void) { return make_by(NULL); }

static inline void unmake(struct made_tree *of)
{
	dominators_free(of->tree);
	graph_free(of->graph);
}

/* Of folds: who holds what several roots hold. */
static const uint32_t *shared_by;

/* The tree folded, `rows` by trace. */
static inline int fold(const struct graph *graph, const struct dominators *tree, const uint32_t *rows,
		unsigned deep, size_t most, struct dominators_fold **folds, size_t *length)
{
	static uint32_t by_node[8 * BLOCKS_MAX];
	const struct dominators_folding how = { by_node, deep, most, shared_by };
	enum graph_state state;

	assert_true(graph_length(graph) <= 8 * BLOCKS_MAX);
	for (size_t n = 0; n < graph_length(graph); n++) {
		struct graph_block block = { 0 };

		(void)graph_at(graph, n, &block, &state);
		by_node[n] = rows[block.trace];
	}
	return dominators_fold(tree, &how, folds, length);
}

/* What rows retain, each block counted once for a row: of each of a row's folds that is below no
 * other of them, all that it retains. */
static inline void sum_retained(const struct dominators *tree, const uint32_t *rows, uint32_t length,
			 struct dominators_sum *sums)
{
	struct dominators_fold *folds;
	size_t entries;

	memset(sums, 0, length * sizeof(*sums));
	assert_int_equal(fold(tree->graph, tree, rows, 1000, 10000, &folds, &entries), 0);
	for (size_t f = 1; f < entries; f++) {
		uint32_t above = folds[f].parent;

		if (folds[f].kind != DOMINATORS_ROW)
			continue;
		while (above && (folds[above].kind != DOMINATORS_ROW ||
				 folds[above].id != folds[f].id))
			above = folds[above].parent;
		if (above)
			continue;
		sums[folds[f].id].blocks += folds[f].retained.blocks;
		sums[folds[f].id].bytes += folds[f].retained.bytes;
	}
	free(folds);
}

static inline bool is_garbage(const struct opinion *opinion, int block)
{
	return opinion->states[block] <= GRAPH_INDIRECT;
}

#endif
