/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_HELD_JOINT_H
#define VIEWS_HELD_JOINT_H
/*
 * The tree of ways as a person reads it.  Parts are of one thread of one process, so what
 * eight workers hold in the same way are eight nodes below a root that is one:
 *
 *	static cache (worker.c)                 static cache (worker.c)
 *	    16 KiB (cache_new worker.c:40)          2 blocks (cache_new worker.c:40)
 *	        node (cache_put worker.c:52)            node (cache_put worker.c:52)
 *	    24 KiB (cache_new worker.c:40)
 *	        node (cache_put worker.c:52)
 *
 * Nodes below nodes that are one are one, too, if they stand for the same stack, type and
 * name.
 */
#include "tracer/heap/snapshot.h"
#include "tracer/heap/tally/look_held.h"

struct held_joint {
	struct look_node *nodes;        /* a copy of all; the first of those that are one has
					 * their blocks, bytes and longest */
	uint32_t *first;                /* by node: the first of those that it is one with */
};

/* On a zeroed struct; held_joint_free in the end.  `of` has a look that knows the ways.
 * False: out of memory. */
bool held_joint_make(struct held_joint *joint, const struct snapshot *of);
void held_joint_free(struct held_joint *joint);

#endif
