/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_AHEAD_H
#define TRACER_HEAP_TALLY_AHEAD_H
/* For walks over all tallies.  They lie one after the other, but are too large for the
 * processor to fetch the next ones by itself. */
#include "tracer/heap/tally/tally.h"

#define TALLIES_AHEAD 12u

/* Has the first lines of the tally fetched that comes so many after this one, if there is
 * one. */
static inline void tally_fetch_ahead(const struct tallies *tallies, uint32_t index,
				     unsigned lines)
{
	const char *tally;

	if (index + TALLIES_AHEAD >= tallies->length)
		return;
	tally = (const char *)tally_at(tallies, index + TALLIES_AHEAD);
	for (unsigned line = 0; line < lines; line++)
		__builtin_prefetch(tally + 64 * line);
}

#endif
