/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_ENTRY_H
#define TRACER_HEAP_LIVE_ENTRY_H
/*
 * What the table of live blocks knows of a block, in 64 bits; head.h says how many of
 * them a block takes.
 *
 *	birth 22 | tally 26 | size + 1, 16 bits
 *
 * 0 in the lowest 16: the block has ended.  The largest number there: its size is in
 * `large`.
 */
#include "tracer/heap/live/live.h"

#define LIVE_SIZE_BITS 16u
#define LIVE_SIZE_MASK ((UINT64_C(1) << LIVE_SIZE_BITS) - 1)
#define LIVE_BIRTH_SHIFT (LIVE_SIZE_BITS + LIVE_TALLY_BITS)

_Static_assert(LIVE_BIRTH_SHIFT + LIVE_BIRTH_BITS == 64, "all of an entry");
_Static_assert(LIVE_LARGE + 1 == LIVE_SIZE_MASK, "the largest number");

static inline uint64_t live_entry_of(const struct live_block *block)
{
	uint64_t size = block->size < LIVE_LARGE ? block->size : LIVE_LARGE;

	return (uint64_t)block->birth << LIVE_BIRTH_SHIFT |
	       (uint64_t)block->tally << LIVE_SIZE_BITS | (size + 1);
}

static inline bool live_entry_lives(uint64_t entry) { return entry & LIVE_SIZE_MASK; }

static inline uint32_t live_entry_tally(uint64_t entry)
{
	return (uint32_t)(entry >> LIVE_SIZE_BITS) & (LIVE_TALLIES - 1);
}

static inline uint64_t live_entry_rebooked(uint64_t entry, uint32_t tally)
{
	return (entry & ~((uint64_t)(LIVE_TALLIES - 1) << LIVE_SIZE_BITS)) |
	       (uint64_t)tally << LIVE_SIZE_BITS;
}

/* The block of an entry that has not ended; of a large one, without its size. */
static inline struct live_block live_entry_block(uint64_t entry)
{
	return (struct live_block){
		.size = (entry & LIVE_SIZE_MASK) - 1,
		.tally = live_entry_tally(entry),
		.birth = (uint32_t)(entry >> LIVE_BIRTH_SHIFT),
	};
}

#endif
