/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_WEIGH_H
#define TRACER_HEAP_WEIGH_H
/* What a block counts for, and in what. */
#include "tracer/heap/model_parts.h"
#include "tracer/heap/tally/sums.h"

/* Whether the tally's blocks count in current: those that the mmap hooks saw are shown,
 * but do not. */
static inline bool counts(const struct tally *tally)
{
	return tally->domain != WIRE_MMAP;
}

/* What a block counts for: itself alone or, as a sample, several blocks. */
static inline struct sample_weight weigh(const struct model *model, uint64_t address,
					 uint64_t size)
{
	if (__builtin_expect(!model->sample, 1))
		return (struct sample_weight){ size, 1 };
	return sample_weigh(model->sample, address, size);
}

/* A block of this size, as its tally counts it. */
static inline struct tally_block tally_block_of(uint64_t size, struct sample_weight weight)
{
	return (struct tally_block){ weight.size, weight.count, size_class(size) };
}

/* Whether a block can be added to a tally.  False: out of memory. */
static inline bool block_has_room(struct model *model, struct tally *tally, uint64_t address,
			    uint64_t size)
{
	const struct sample_weight weight = weigh(model, address, size);

	return tally_room(&model->tallies, tally, weight.size, weight.count);
}

/* A new block, and what it counts for. */
struct counted {
	struct tally *tally;
	uint64_t size;
	uint32_t birth;
	struct sample_weight weight;
};

/* Adds a new block to all sums.  The tally must have room for it (tally_room) and have
 * been saved before, and the peak is to be updated afterwards.  Sums of births may wrap
 * around in between; they are right again when blocks end. */
static inline void count_block(struct model *model, const struct counted *block)
{
	const struct sample_weight weight = block->weight;
	struct tally *tally = block->tally;
	struct totals *totals = &model->totals;

	tally_begin(&model->tallies, tally, tally_block_of(block->size, weight));
	tally->born += weight.size * block->birth;
	if (!counts(tally)) {
		totals->mapped += weight.size;
		return;
	}
	totals->current += weight.size;
	totals->blocks += weight.count;
	totals->allocations += weight.count;
	totals->total += weight.size;
}

#endif
