/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_AHEAD_H
#define TRACER_HEAP_TALLY_AHEAD_H
/* For walks over all tallies.  They lie one after the other, but too little is done with each
 * for the processor to fetch the next ones in time by itself. */
#include "tracer/heap/tally/tally.h"

#define RESTS_AHEAD 16u
#define TALLIES_AHEAD (2 * RESTS_AHEAD)

/* Has the tally fetched that comes so many after this one, if there is one. */
static inline void tally_fetch_ahead(const struct tallies *tallies, uint32_t index)
{
	if (index + TALLIES_AHEAD < tallies->length)
		__builtin_prefetch(tally_at(tallies, index + TALLIES_AHEAD));
}

/* The same for the rest of one that was fetched before: these lie in the order in which they
 * were first needed. */
static inline void tally_fetch_rest_ahead(const struct tallies *tallies, uint32_t index)
{
	const struct tally *tally;

	if (index + RESTS_AHEAD >= tallies->length)
		return;
	tally = tally_at(tallies, index + RESTS_AHEAD);
	if (tally->rest)
		__builtin_prefetch(tally_rest(tallies, tally));
}

#endif
