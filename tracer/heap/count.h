/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_COUNT_H
#define TRACER_HEAP_COUNT_H
/* What an event changes in all sums.  It is inline so that each loop over events gets a
 * copy of its own. */
#include "tracer/heap/peak.h"
#include "tracer/heap/weigh.h"

/* Whether a block makes current higher than it ever was (peak.h). */
static inline bool rises(const struct model *model, const struct counted *block)
{
	return model->totals.current + block->weight.size > model->totals.peak_ever &&
	       counts(block->tally);
}

/* Adds a block under a tally, which has this index. */
__attribute__((always_inline)) static inline void
add_counted(struct model *model, uint32_t index, const struct counted *block)
{
	struct totals *totals = &model->totals;

	if (__builtin_expect(model->watch != NULL, 0))
		watch_add(model->watch, &model->tallies, index, block->weight.size,
			  block->weight.count);
	if (rises(model, block)) {
		tally_tick(&model->tallies, block->tally);
		count_block(model, block);
		totals->peak = totals->peak_ever = totals->current;
		model->ever.events = totals->events;
		model->rising = true;
		return;
	}
	model_hold_peak(model);
	tally_save(&model->tallies, block->tally);
	count_block(model, block);
	raise_peak(model);
}

/* Samples have functions of their own, so that nothing is computed for the others. */
__attribute__((noinline)) static void add_sample(struct model *model, uint32_t index,
						 uint64_t address, uint64_t size)
{
	struct tally *tally = tally_at(&model->tallies, index);
	const struct counted block = { tally, size, model->tick,
				       sample_weigh(model->sample, address, size) };

	add_counted(model, index, &block);
}

__attribute__((always_inline)) static inline void
model_add_to(struct model *model, struct tally *tally, uint32_t index, uint64_t address,
	     uint64_t size)
{
	const struct counted block = { tally, size, model->tick, { size, 1 } };

	if (__builtin_expect(model->sample != 0, 0))
		add_sample(model, index, address, size);
	else
		add_counted(model, index, &block);
}

static inline void model_add_block(struct model *model, uint32_t index, uint64_t address,
				   uint64_t size)
{
	model_add_to(model, tally_at(&model->tallies, index), index, address, size);
}

__attribute__((always_inline)) static inline void
drop_counted(struct model *model, const struct live_block *block, struct sample_weight weight,
	     bool temporary)
{
	const uint64_t temporaries = temporary ? weight.count : 0;
	struct tally *tally = tally_at(&model->tallies, block->tally);
	struct totals *totals = &model->totals;

	model_hold_peak(model);
	tally_save(&model->tallies, tally);
	if (__builtin_expect(model->watch != NULL, 0))
		watch_drop(model->watch, &model->tallies, block->tally, weight.size,
			   weight.count);
	tally_end(&model->tallies, tally, tally_block_of(block->size, weight), temporaries);
	tally->born -= weight.size * block->birth;
	totals->current -= weight.size;
	totals->blocks -= weight.count;
	totals->frees += weight.count;
	totals->temporary += temporaries;
}

__attribute__((noinline)) static void drop_sample(struct model *model, uint64_t address,
						  const struct live_block *block,
						  bool temporary)
{
	drop_counted(model, block, sample_weigh(model->sample, address, block->size),
		     temporary);
}

/* Ends a block; `temporary`: by its thread's next event after the allocation. */
__attribute__((always_inline)) static inline void
model_drop_block(struct model *model, uint64_t address, const struct live_block *block,
		 bool temporary)
{
	const struct sample_weight weight = { block->size, 1 };

	if (__builtin_expect(model->sample != 0, 0))
		drop_sample(model, address, block, temporary);
	else
		drop_counted(model, block, weight, temporary);
}

#endif
