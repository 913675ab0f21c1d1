/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_GRAPH_WAYS_H
#define TRACER_LOOK_GRAPH_WAYS_H
/*
 * By which way each block is held: one of the shortest from the roots.  All ways
 * together are a tree in the form of the dominators' (dominators.h), folded and freed
 * like that.
 *
 * A block that some root of a low rank holds, however far away, has its way from such a
 * root: a variable tells more than the stack of a function that just uses it.  What is
 * unreachable has its way from garbage to which nothing points, below `nobody`.
 *
 * Some blocks may be starts: places that tell more than any root, such as a module in
 * Python.  What they hold has its way from them, as if they hung from roots below all
 * ranks.
 *
 * Memory: while the tree is made 24 bytes a block.
 */
#include "tracer/look/graph/dominators.h"

/* A block from which ways begin, and the number of the root that is put above it;
 * graph_root need not have been given that number. */
struct ways_start {
	uint32_t node, root;
};

struct ways_starts {
	const struct ways_start *of;    /* those of one root follow one another;
					 * unreachable ones are */
	size_t length;                  /* skipped */
	size_t first;                   /* how many are done first, with all that they
					 * hold, before the others */
	/* For each node whether all its words are in use and none is left over; the other
	 * nodes are followed only when all starts are done. */
	const bool *sure;
};

/* Call it after graph_mark. ranks[root], for each number that graph_root was given; NULL:
 * all are 0. starts: NULL: none.  0, -EINVAL before graph_mark, or -ENOMEM, and *tree is
 * NULL. */
int ways_find(const struct graph *graph, const uint8_t *ranks, const struct ways_starts *starts,
	      struct dominators **tree);

#endif
