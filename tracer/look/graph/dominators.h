/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_GRAPH_DOMINATORS_H
#define TRACER_LOOK_GRAPH_DOMINATORS_H
/*
 * Which blocks a block alone holds: the dominator tree of a marked graph.  Block a
 * dominates block b if each way from the roots to b leads through a; so without a, b
 * would be unreachable.  Roots may have levels: then only the lowest from which b is
 * reached count.
 *
 *	all
 *	+-- root 0             what this root alone holds
 *	|   +-- block          ...and what only this block holds
 *	+-- block              held by several roots, and by none alone
 *	+-- nobody             the root of what is unreachable
 *
 * Below `nobody` are garbage blocks with what they alone hold.  In a cycle to which
 * nothing points, the block at the lowest address counts as the one that holds the
 * others.
 *
 * Memory: while the tree is made 32 bytes a block, and 8 for each pointer beyond the
 * first to a block; the tree itself takes 8 bytes a block.
 */
#include <stddef.h>
#include <stdint.h>
#include "tracer/look/graph/graph.h"

struct dominators;

/* Call it after graph_mark: makes the tree; the graph must live as long. levels[root],
 * for each number that graph_root was given: what roots of a lower level reach is decided
 * without those of a higher one, so that a stack whose function just uses a block does
 * not share what a variable holds; NULL: all are 0.  0, -EINVAL before graph_mark,
 * -ENOMEM, or -E2BIG: 2^32 pointers.  On failure *tree is NULL. */
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
	DOMINATORS_SHARED               /* what several roots hold together, by one of
					 * them */
};

/* One entry of the folded tree, in which blocks of one row below the same entry are
 * one. */
struct dominators_fold {
	uint32_t parent;                /* index; lower than the entry's own, and 0 for
					 * the first */
	enum dominators_kind kind;
	uint32_t id;                    /* a root's number (SHARED: of the one that stands
					 * for all of them), or a row's */
	uint32_t longest;               /* most of its blocks that are below one
					 * another */
	struct dominators_sum own;      /* of its blocks; none for a root */
	struct dominators_sum retained; /* the same with all that is below it */
};

struct dominators_folding {
	/* The row of each of graph_length's numbers, or DOMINATORS_NO_ROW; a part of a
	 * block has its block's row, or none. */
	const uint32_t *rows;
	/* Blocks of a row right below blocks of the same row are added to those.  From
	 * this many entries below a root on, so are blocks that are anywhere below others
	 * of the same row. */
	unsigned deep;
	/* The most entries that are made, 1 or more; further blocks are added to the
	 * entry above them. */
	size_t most;
	/* For each of graph_length's numbers a root, as dominators_tops gives it.  Then
	 * blocks that no single root holds are below one entry for each such root; NULL:
	 * below the first entry. */
	const uint32_t *shared;
};

/* tops[graph_length]: the root that each block is below, or DOMINATORS_NO_ROW. */
void dominators_tops(const struct dominators *tree, uint32_t *tops);

/* The tree as arrays: above[graph_length]: the block right above each, DOMINATORS_NO_ROW:
 * none; bytes[graph_length]: its own and those of all below it. */
void dominators_above(const struct dominators *tree, uint32_t *above, uint64_t *bytes);

/*
 * Folds the tree: a list becomes one entry, and from `deep` on so does a cycle of rows.
 * Blocks without a row are added to what is above them.  The first entry is
 * DOMINATORS_ALL; the caller frees *folds.  0 or -ENOMEM, and *folds is NULL.
 */
int dominators_fold(const struct dominators *tree, const struct dominators_folding *how,
		    struct dominators_fold **folds, size_t *length);

#endif
