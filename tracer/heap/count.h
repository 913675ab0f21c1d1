/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_COUNT_H
#define TRACER_HEAP_COUNT_H
/* What an event changes in all sums.  It is inline so that each loop over events gets a
 * copy of its own. */
#include <assert.h>
#include "tracer/heap/model_parts.h"
#include "tracer/heap/tally/saved.h"

/* Whether the tally's blocks count in current: those that the mmap hooks saw are shown,
 * but do not. */
static inline bool counts(const struct tally *tally)
{
	return tally->domain != WIRE_MMAP;
}

/* Copies those totals that events change; all others are 0.  They are volatile so that
 * they are copied word by word: some were stored a moment ago, and a wider load would
 * make the processor wait until those stores have reached the cache. */
static inline void keep_totals(struct totals *to, const volatile struct totals *from)
{
	to->current = from->current;
	to->peak = from->peak;
	to->peak_ever = from->peak_ever;
	to->blocks = from->blocks;
	to->allocations = from->allocations;
	to->frees = from->frees;
	to->total = from->total;
	to->temporary = from->temporary;
	to->mapped = from->mapped;
	to->unknown_frees = from->unknown_frees;
	to->events = from->events;
}

static inline void raise_peak(struct model *model)
{
	struct totals *totals = &model->totals;

	if (totals->current <= totals->peak)
		return;
	totals->peak = totals->current;
	tallies_peak(&model->tallies, totals->peak > totals->peak_ever);
	if (totals->peak > totals->peak_ever) {
		totals->peak_ever = totals->peak;
		keep_totals(&model->ever, totals);
	}
}

/* What a block counts for: itself alone or, as a sample, several blocks. */
static inline struct sample_weight weigh(const struct model *model, uint64_t address,
					 uint64_t size)
{
	if (__builtin_expect(!model->sample, 1))
		return (struct sample_weight){ size, 1 };
	return sample_weigh(model->sample, address, size);
}

/* Adds a new block to all sums.  The tally must have been saved before, and the peak is
 * to be updated afterwards.  Sums of births may wrap around in between; they are right
 * again when blocks end. */
static inline void count_block(struct model *model, uint32_t index, uint64_t address,
			       uint64_t size, uint32_t birth)
{
	const struct sample_weight weight = weigh(model, address, size);
	struct tally *tally = tally_at(&model->tallies, index);
	struct totals *totals = &model->totals;

	if (model->watch)
		watch_add(model->watch, index, tally, weight.size, weight.count);
	tally->now.size += weight.size;
	tally->now.count += weight.count;
	tally->now.allocations += weight.count;
	tally->now.total += weight.size;
	tally->born += weight.size * birth;
	tally->sizes[size_class(size)] += (uint32_t)weight.count;
	if (!counts(tally)) {
		totals->mapped += weight.size;
		return;
	}
	totals->current += weight.size;
	totals->blocks += weight.count;
	totals->allocations += weight.count;
	totals->total += weight.size;
}

/* Adds a block under a tally. */
static inline void model_add_block(struct model *model, uint32_t index, uint64_t address, uint64_t size)
{
	tally_save(&model->tallies, tally_at(&model->tallies, index));
	count_block(model, index, address, size, model->tick);
	raise_peak(model);
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
