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
 * Memory: while the tree is made 24 bytes a block.
 */
#include "tracer/look/graph/dominators.h"

/* After graph_mark.  ranks[root] of each number that graph_root was given; NULL: all are 0.
 * 0, -EINVAL before graph_mark, or -ENOMEM, and *tree is NULL. */
int ways_find(const struct graph *graph, const uint8_t *ranks, struct dominators **tree);

#endif
