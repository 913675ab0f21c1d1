/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_GRAPH_WAYS_H
#define TRACER_LOOK_GRAPH_WAYS_H
/*
 * By which way each block is held: of all ways from the roots one of the shortest.  As a
 * tree it has the form of the dominators' (dominators.h), and is folded and freed as that is.
 *
 * A block that some root of a low rank holds, however far away, has its way from such a
 * root: a variable says more than the stack that just passed by.  What is unreachable has
 * its way from garbage to which nothing points, below `nobody`.
 *
 * Some blocks may be starts: places that say more than any root, as a module of Python's does.
 * What they hold has its way from them, as if they hung from roots below all ranks.
 *
 * Memory: while the tree is made 24 bytes a block.
 */
#include "tracer/look/graph/dominators.h"

/* A block from which ways begin, and the number of the root that is put above it, which
 * need be none that graph_root was given. */
struct ways_start {
	uint32_t node, root;
};

struct ways_starts {
	const struct ways_start *of;    /* those of one root stand together; unreachable ones are */
	size_t length;                  /* passed over */
	size_t first;                   /* these go first, with all that they hold; then the others */
	/* Of each node whether its words are what it holds, and no leftovers; those of
	 * the others are looked at when all starts are done. */
	const bool *sure;
};

/* After graph_mark.  ranks[root] of each number that graph_root was given; NULL: all are
 * 0. starts: NULL: none.  0, -EINVAL before graph_mark, or -ENOMEM, and *tree is NULL. */
int ways_find(const struct graph *graph, const uint8_t *ranks, const struct ways_starts *starts,
	      struct dominators **tree);

#endif
