/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_FIRST_H
#define TRACER_HEAP_TALLY_FIRST_H
/*
 * Which tally belongs to a trace, thread and domain.  Most traces have one tally, so the
 * first one of a trace stands under the trace's number, in a table that a program with
 * ever new stacks fills from its front to its end; the others are found by a hash.
 *
 *	first[trace] = tag << 27 | tally + 1    tag: thread and domain, in 5 bits
 */
#include "tracer/heap/tally/tally.h"

#define FIRST_BITS 27u
#define FIRST_INDEX ((UINT32_C(1) << FIRST_BITS) - 1)
_Static_assert(TALLIES_MAX <= FIRST_INDEX, "each number fits");

static inline uint32_t first_tag(uint32_t thread, uint32_t domain)
{
	return (thread + 5 * domain) << FIRST_BITS;
}

/* What stands under a trace; 0: nothing.  Beyond the highest so far nothing is read: a
 * page that was never touched would be found twice, to be read and to be written. */
static inline uint32_t first_of(const struct tallies *tallies, uint32_t trace)
{
	bool ours = trace >= TRACE_OURS;
	uint32_t place = trace & ~TRACE_OURS;
	const uint32_t *first;

	if (place >= tallies->first_end[ours])
		return 0;
	first = chunk_at(&tallies->first[ours], sizeof(*first), place);
	return first ? *first : 0;
}

/* Fetches it into the caches. */
static inline void first_fetch(const struct tallies *tallies, uint32_t trace)
{
	const struct chunks *first = &tallies->first[trace >= TRACE_OURS];

	__builtin_prefetch(chunk_at(first, sizeof(uint32_t), trace & ~TRACE_OURS));
}

/* The tally that is probably meant, for who fetches it; UINT32_MAX: not known here. */
static inline uint32_t first_guess(const struct tallies *tallies, uint32_t trace,
				   uint32_t thread, uint32_t domain)
{
	uint32_t first = first_of(tallies, trace);

	return first && !((first ^ first_tag(thread, domain)) >> FIRST_BITS) ?
	       (first & FIRST_INDEX) - 1 : UINT32_MAX;
}

/* Whether so many tallies are not their trace's first that it is worth it to look for
 * them too. */
static inline bool others_are_many(const struct tallies *tallies)
{
	return tallies->others > tallies->length / 16;
}

#endif
