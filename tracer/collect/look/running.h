/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_RUNNING_H
#define TRACER_COLLECT_LOOK_RUNNING_H
/*
 * A process that was read twice while it ran (LOOK_RUNNING).
 *
 *	before     every word, one after the other       a pointer that goes from P to Q while
 *	after      every word, one after the other       this is done is in one of the four
 *
 * The graph is made of what was read last.  A word that was another one before is a root:
 * whoever wrote there could reach the place.  So each way that was there in either is one.
 */
#include "tracer/collect/look/roots.h"
#include "tracer/collect/look/take.h"

/* Gives a sealed graph, before it is marked, what roots_tell does not know of: words that
 * changed, and the blocks that began in `stirred` memory, of whose pointers nothing is
 * known.  `rooted` and `guard` may be NULL.  0, or what the graph said. */
int running_tell(struct graph *graph, const struct taken *taken,
		 const struct look_ranges *stirred, struct rooted *rooted,
		 const struct roots_guard *guard);

#endif
