/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_GROWTH_JOIN_H
#define TRACER_HEAP_GROWTH_JOIN_H
/*
 * Verdicts of one row in several processes become one: growth adds up, the worst word
 * wins (enum growth_word is in that order), `since` is the earliest of those with that
 * word, and the evidence is that of the one which grows most.
 */
#include "tracer/heap/growth/growth.h"

struct growth_whose {
	uint32_t process;               /* as the caller numbers them */
	int32_t pid;
};

/* Makes the verdict of one process one that can be joined.  Its `run` ends at `now`
 * (seconds) and is laid over one that ends at `until`, which is no earlier. */
void growth_join_begin(struct growth_verdict *verdict, struct growth_whose whose, double now,
		       double until);
void growth_join(struct growth_verdict *to, const struct growth_verdict *from);
/* Writes into the reason of which processes it is. */
void growth_join_end(struct growth_verdict *verdict);

#endif
