/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIFE_H
#define TRACER_HEAP_LIFE_H
/* How a block begins and ends, in the table of live blocks and in all sums.  It is inline
 * for the loops over events. */
#include <errno.h>
#include "tracer/heap/count.h"
#include "tracer/heap/live/quick.h"

/* Counts a free of a block whose allocation was never seen, by the code that freed it;
 * by -1: takes that back. */
void model_count_unknown(struct model *model, uint64_t who, int by);
/* Remembers a realloc that has taken away this block, until its outcome is known. */
void model_pend_block(struct model_ring *ring, uint64_t address,
		      const struct live_block *block, bool temporary);

/* Adds a block to the table and to all sums.  0, -EINVAL or -ENOMEM. */
__attribute__((always_inline)) static inline int
put_block(struct model *model, const struct model_ring *ring, struct tally *tally,
	  uint32_t index, const struct wire_event *event)
{
	uint64_t address = wire_event_address(event);
	struct live_block block = { wire_event_size(event), index, model->tick }, old;

	const struct sample_weight weight = weigh(model, address, block.size);

	if (model->totals.current + weight.size > SUM_MAX)
		return -EINVAL;
	if (__builtin_expect(!tally_room(&model->tallies, tally, weight.size,
					 weight.count), 0))
		return -ENOMEM;
	int replaced = quick_put(&model->live, address, &block, &old);

	if (__builtin_expect(replaced < 0, 0))
		return replaced;
	if (__builtin_expect(replaced, 0)) {
		model_drop_block(model, address, &old, false);
		swallow_expect(&model->swallows, ring, address, wire_event_ticks(event));
	}
	forks_note(model, address, replaced ? &old : NULL);
	model_add_to(model, tally, index, address, block.size);
	return 0;
}

enum end {
	END_OF_BLOCK,
	END_SWALLOWED,                  /* of an older block, which has ended already */
	END_UNKNOWN                     /* of no block that is known; not counted yet */
};

/* Applies a release, and sets *block to what has ended. */
__attribute__((always_inline)) static inline enum end
end_block(struct model *model, const struct model_ring *ring, const struct wire_event *event,
	  bool temporary, struct live_block *block)
{
	uint64_t address = wire_event_address(event);

	if (swallow_release(&model->swallows, ring, address, wire_event_ticks(event)))
		return END_SWALLOWED;
	if (__builtin_expect(!quick_take(&model->live, address, block), 0))
		return END_UNKNOWN;
	forks_note(model, address, block);
	model_drop_block(model, address, block, temporary);
	return END_OF_BLOCK;
}

/* Applies a RELEASE, which makes sense. */
static inline void release(struct model *model, struct model_ring *ring,
			   const struct wire_event *event)
{
	struct live_block block;

	if (end_block(model, ring, event, model_is_temporary(model, ring, event),
		      &block) == END_UNKNOWN)
		model_count_unknown(model, wire_event_size(event), 1);
	model_note_event(ring, 0);
}

#endif
