/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_COUNT_H
#define TRACER_HEAP_COUNT_H
/* What an event changes in all sums.  It is inline so that each loop over events gets a
 * copy of its own. */
#include <assert.h>
#include "tracer/heap/peak.h"

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

/* A new block, and what it counts for. */
struct counted {
	struct tally *tally;
	uint64_t size;
	uint32_t birth;
	struct sample_weight weight;
};

/* Adds a new block to all sums.  The tally must have been saved before, and the peak is
 * to be updated afterwards.  Sums of births may wrap around in between; they are right
 * again when blocks end. */
static inline void count_block(struct model *model, const struct counted *block)
{
	const struct sample_weight weight = block->weight;
	struct tally *tally = block->tally;
	struct totals *totals = &model->totals;

	tally->now.size += weight.size;
	tally->now.count += weight.count;
	tally->now.allocations += weight.count;
	tally->now.total += weight.size;
	tally->born += weight.size * block->birth;
	tally->sizes[size_class(block->size)] += (uint32_t)weight.count;
	if (!counts(tally)) {
		totals->mapped += weight.size;
		return;
	}
	totals->current += weight.size;
	totals->blocks += weight.count;
	totals->allocations += weight.count;
	totals->total += weight.size;
}

/* Whether a block makes current higher than it ever was (peak.h). */
static inline bool rises(const struct model *model, const struct counted *block)
{
	return model->totals.current + block->weight.size > model->totals.peak_ever &&
	       counts(block->tally) && !model->watch;
}

/* Adds a block under a tally, which has this index. */
static inline void model_add_to(struct model *model, struct tally *tally, uint32_t index,
				uint64_t address, uint64_t size)
{
	const struct counted block = { tally, size, model->tick, weigh(model, address, size) };
	struct totals *totals = &model->totals;

	if (rises(model, &block)) {
		tally_tick(&model->tallies, block.tally);
		count_block(model, &block);
		totals->peak = totals->peak_ever = totals->current;
		model->ever.events = totals->events;
		model->rising = true;
		return;
	}
	model_hold_peak(model);
	tally_save(&model->tallies, block.tally);
	if (model->watch)
		watch_add(model->watch, index, block.tally, block.weight.size,
			  block.weight.count);
	count_block(model, &block);
	raise_peak(model);
}

static inline void model_add_block(struct model *model, uint32_t index, uint64_t address,
				   uint64_t size)
{
	model_add_to(model, tally_at(&model->tallies, index), index, address, size);
}

/* Ends a block; `temporary`: by its thread's next event after the allocation. */
static inline void model_drop_block(struct model *model, uint64_t address,
				    const struct live_block *block, bool temporary)
{
	const struct sample_weight weight = weigh(model, address, block->size);
	const uint64_t temporaries = temporary ? weight.count : 0;
	struct tally *tally = tally_at(&model->tallies, block->tally);
	struct totals *totals = &model->totals;

	assert(tally->now.count >= weight.count && tally->now.size >= weight.size);
	model_hold_peak(model);
	tally_save(&model->tallies, tally);
	if (model->watch)
		watch_drop(model->watch, block->tally, tally, weight.size, weight.count);
	tally->now.size -= weight.size;
	tally->now.count -= weight.count;
	tally->now.temporary += temporaries;
	tally->born -= weight.size * block->birth;
	tally->sizes[size_class(block->size)] -= (uint32_t)weight.count;
	totals->current -= weight.size;
	totals->blocks -= weight.count;
	totals->frees += weight.count;
	totals->temporary += temporaries;
}

#endif
