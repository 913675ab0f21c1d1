/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_HELD_SUM_H
#define TRACER_HEAP_TALLY_HELD_SUM_H
/*
 * Who holds the blocks of several processes: roots of the same name are one, and so are nodes
 * that hang from the same node and stand for the same part by the same name.
 */
#include "tracer/heap/tally/look_held.h"

#define HELD_SUM_NODES (UINT32_C(1) << 20)      /* of each tree; what finds no room is counted
						 * in the node above */

struct held_sum {
	struct look_held *held;         /* NULL: nothing was added */
	struct finder roots, nodes[2];  /* index + 1: of roots, of ways, of dominators */
	bool unretained;                /* one of them has no dominators */
};

/* On a zeroed struct; held_sum_free in the end.  Adds what one process knows; parts: by its
 * parts those of the sum, NULL: the same.  Examples are left out: of several processes an
 * address says nothing.  False: out of memory. */
bool held_sum_add(struct held_sum *sum, const struct look_held *from, const uint32_t *parts);
/* A copy, with its sums, as a sum may go on.  NULL: nothing was added, or out of memory. */
struct look_held *held_sum_copy(const struct held_sum *sum);
void held_sum_free(struct held_sum *sum);

#endif
