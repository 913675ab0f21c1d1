/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_CUTS_H
#define TRACER_HEAP_TALLY_CUTS_H
/* How many different stacks of a model are cut, by reason. */
#include "tracer/heap/catalog/cut.h"
#include "tracer/heap/tally/tally.h"

/* Zero-initialise. */
struct cuts {
	uint32_t nframe;                /* the nframe that they were counted for */
	uint32_t seen;                  /* tallies that have been looked at */
	uint64_t count[CUTS];
	uint64_t *traces[2];            /* bit sets of counted traces: the tracer's, and
					 * those that memtop added */
	size_t words[2];
};

/* Counts the stacks of tallies that are new since the last call, or of all tallies if
 * nframe has changed.  When out of memory, a stack may be counted once for each
 * thread. */
void cuts_count(struct cuts *cuts, const struct catalog *catalog, const struct tallies *tallies,
		uint32_t nframe);
void cuts_free(struct cuts *cuts);

#endif
