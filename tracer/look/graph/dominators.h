/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_GRAPH_DOMINATORS_H
#define TRACER_LOOK_GRAPH_DOMINATORS_H
/*
 * Which block alone keeps which others: the dominator tree of a marked graph.  Block a
 * dominates block b if each way from the roots to b leads through a; so b is free as soon
 * as a is.  Roots may have levels: then it is asked of the lowest from which there is a way.
 *
 *	all
 *	+-- root 0             what this root alone holds
 *	|   +-- block          ...and what is held through this block alone
 *	+-- block              held by several roots, and by none alone
 *	+-- nobody             the root of what is unreachable
 *
 * Below `nobody` are garbage blocks with what they alone point to.  Of a cycle that
 * nobody points to, the block at the lowest address counts as the one that holds the
 * others.
 *
 * Memory: while the tree is made 32 bytes a block, and 8 for each pointer beyond the
 * first to a block; the tree itself takes 8 bytes a block.
 */
#include <stddef.h>
#include <stdint.h>
#include "tracer/look/graph/graph.h"

struct dominators;

/* After graph_mark: makes the tree; the graph has to live as long.  levels[root] of each
 * number that graph_root was given: what roots of a lower level reach is judged without
 * those of a higher one, so that a stack that just passes by does not share what a
 * variable holds; NULL: all are 0.  0, -EINVAL before graph_mark, -ENOMEM, or -E2BIG:
 * 2^32 pointers.  On failure *tree is NULL. */
int dominators_find(const struct graph *graph, const uint8_t *levels,
		    struct dominators **tree);
void dominators_free(struct dominators *tree);

#define DOMINATORS_NO_ROW UINT32_MAX

struct dominators_sum {
	uint64_t blocks, bytes;
};

enum dominators_kind {
	DOMINATORS_ALL,
	DOMINATORS_ROOT,
	DOMINATORS_NOBODY,
	DOMINATORS_ROW,
	DOMINATORS_SHARED               /* what several roots hold: by one of them */
};

/* The tree, with blocks of a row that lie below the same ones made one. */
struct dominators_fold {
	uint32_t parent;                /* index; lower than its own, and 0 for the first */
	enum dominators_kind kind;
	uint32_t id;                    /* a root's number (SHARED: of the one that stands for
					 * them), or a row's */
	uint32_t longest;               /* blocks of its that hang below one another, at most */
	struct dominators_sum own;      /* its blocks; of a root none */
	struct dominators_sum retained; /* with all that is below it */
};

struct dominators_folding {
	/* The row of each of graph_length's numbers, or DOMINATORS_NO_ROW; of a part the
	 * row of its block, or none. */
	const uint32_t *rows;
	/* Blocks of a row right below blocks of the same row are added to those; so are,
	 * from so many entries below a root on, blocks below others of the same row. */
	unsigned deep;
	/* No more entries than this (1 or more) are made; then blocks are added to what
	 * is above them. */
	size_t most;
	/* Of each of graph_length's numbers a root, as dominators_tops gives them.  Then
	 * blocks that hang from no root hang from one entry for each such root; NULL:
	 * from the first. */
	const uint32_t *shared;
};

/* tops[graph_length]: the root that each block hangs from, or DOMINATORS_NO_ROW. */
void dominators_tops(const struct dominators *tree, uint32_t *tops);

/* What hangs from what: above[graph_length]: the block right above each,
 * DOMINATORS_NO_ROW: none; bytes[graph_length]: its own and those of all below it. */
void dominators_above(const struct dominators *tree, uint32_t *above, uint64_t *bytes);

/*
 * Folds the tree: a list becomes one entry, and so does a cycle of rows from `deep` on.
 * Blocks without a row are added to what is above them.  The first entry is
 * DOMINATORS_ALL; the caller frees *folds.  0 or -ENOMEM, and *folds is NULL.
 */
int dominators_fold(const struct dominators *tree, const struct dominators_folding *how,
		    struct dominators_fold **folds, size_t *length);

#endif
