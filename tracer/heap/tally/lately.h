/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_LATELY_H
#define TRACER_HEAP_TALLY_LATELY_H
/* Tallies that were asked for lately. */
#include "tracer/heap/tally/tally.h"

/* As tally_get, without a search for those that were asked for lately; and where the tally is,
 * or NULL: out of memory. */
static inline struct tally *tally_of(struct tallies *tallies, uint32_t trace, uint32_t thread,
				     uint32_t domain, uint32_t *index)
{
	uint64_t key = tally_key(trace, thread, domain);
	struct tally_known *known = &tallies->known[(trace ^ thread << 3) % TALLY_KNOWN];

	if (__builtin_expect(known->key != key || !known->tally, 0)) {
		if (tally_get(tallies, trace, thread, domain, index))
			return NULL;
		*known = (struct tally_known){ key, tally_at(tallies, *index), *index };
	}
	*index = known->index;
	return known->tally;
}

#endif
