/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_GROWTH_JOIN_H
#define TRACER_HEAP_GROWTH_JOIN_H
/*
 * Joins the verdicts on one row in several processes.  Growth is added up, the worst word
 * wins (enum growth_word is in that order), `since` is the earliest of those with that
 * word, and the evidence is that of the process which grows most.
 */
#include "tracer/heap/growth/growth.h"

struct growth_whose {
	uint32_t process;               /* as the caller numbers them */
	int32_t pid;
};

/* Prepares the verdict of one process for joining.  Its `run` ends at `now` (seconds) and
 * is laid over one that ends at `until`, which must not be earlier. */
void growth_join_begin(struct growth_verdict *verdict, struct growth_whose whose, double now,
		       double until);
void growth_join(struct growth_verdict *to, const struct growth_verdict *from);
/* Adds to the reason which processes it is about. */
void growth_join_end(struct growth_verdict *verdict);

#endif
