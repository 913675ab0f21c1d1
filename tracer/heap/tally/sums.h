/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_SUMS_H
#define TRACER_HEAP_TALLY_SUMS_H
/* How an event changes a tally's sums.  Nearly each ends here; the others are wide.c's. */
#include "tracer/heap/tally/wide.h"

/* Below it 1,024 blocks can be added without a look whether there is room. */
#define TALLY_SMALL_BITS 20u

/* Makes room for one more block.  False: out of memory. */
static inline bool tally_room(struct tallies *tallies, struct tally *tally, uint64_t size,
			      uint64_t count)
{
	const struct tally_sums *low = &tally->low;
	/* So the others have room too: see wide.c. */
	bool full = (low->total | low->allocations) >> 31 | low->count >> 15;

	if (__builtin_expect(!full && !(size >> TALLY_SMALL_BITS) && count == 1, 1))
		return true;
	return tally_make_room(tallies, tally, size, count);
}

/* Whether a block can be counted that begins and ends at once, so that it needs no room
 * among the live ones. */
static inline bool tally_counts(const struct tally *tally)
{
	return !((tally->low.total | tally->low.allocations) >> 31);
}

/* Keeps a sum apart from its neighbours: together they would be changed in a register for
 * vectors, which takes three times as many instructions. */
static inline void tally_apart(uint32_t *sum) { __asm__("" : "+m"(*sum)); }

/* A block begins, for which there is room. */
static inline void tally_begin(struct tallies *tallies, struct tally *tally,
			       struct tally_block block)
{
	struct tally_sums *low = &tally->low;

	if (__builtin_expect(block.count != 1 || block.size >> TALLY_LARGE_BITS, 0)) {
		tally_add(tallies, tally, block);
		tally_add_ever(tallies, tally, block);
		return;
	}
	low->size += (uint32_t)block.size;
	tally_apart(&low->size);
	low->allocations++;
	tally_apart(&low->allocations);
	low->count++;
	low->total += (uint32_t)block.size;
	low->sizes[block.class]++;
}

/* A block ends. */
static inline void tally_end(struct tallies *tallies, struct tally *tally,
			     struct tally_block block, uint64_t temporary)
{
	struct tally_sums *low = &tally->low;

	/* `count` is the sum of `sizes`. */
	if (__builtin_expect(block.count != 1 || low->size < block.size ||
			     !low->sizes[block.class], 0)) {
		tally_take(tallies, tally, block, temporary);
		return;
	}
	low->size -= (uint32_t)block.size;
	tally_apart(&low->size);
	low->count--;
	low->temporary += (uint32_t)temporary;
	low->sizes[block.class]--;
}

#endif
