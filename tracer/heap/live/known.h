/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_KNOWN_H
#define TRACER_HEAP_LIVE_KNOWN_H
/* Spans that were used lately, found without the tree above them.  A span that moves is known
 * anew, and when all are packed none is known any more. */
#include "tracer/heap/live/span.h"

/* The place of a number of a span's addresses.  Spans side by side lie side by side there.
 * glibc's heaps for threads are 64 MiB apart, and each is used from its beginning: those of
 * eight in a row begin 181 places and more from each other. */
static inline struct live_known *live_known_at(const struct live *live, uint64_t number)
{
	uint64_t place = (number + (number >> 16) * 1265) % (1u << LIVE_KNOWN_BITS);

	return (struct live_known *)&live->known[place];
}

/* The other bits, 32 at most: with the place they say which number it is. */
static inline uint32_t live_known_upper(uint64_t number)
{
	return (uint32_t)(number >> LIVE_KNOWN_BITS);
}

/* The span of a key if it was used lately; 0: it is not known. */
static inline uint32_t live_known(const struct live *live, uint64_t key)
{
	uint64_t number = key >> LIVE_LEVEL_BITS;
	const struct live_known *known = live_known_at(live, number);

	return known->upper == live_known_upper(number) ? known->span : 0;
}

/* The same span itself; NULL: it is not known. */
static inline uint32_t *live_known_span(const struct live *live, uint64_t key)
{
	uint32_t span = live_known(live, key);

	return __builtin_expect(span != 0, 1) ? live_piece(live, span) : NULL;
}

static inline void live_know(struct live *live, uint64_t key, uint32_t span)
{
	uint64_t number = key >> LIVE_LEVEL_BITS;

	*live_known_at(live, number) = (struct live_known){
		live_known_upper(number), span & LIVE_NUMBER
	};
}

#endif
