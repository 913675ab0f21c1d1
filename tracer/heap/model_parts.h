/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_MODEL_PARTS_H
#define TRACER_HEAP_MODEL_PARTS_H
/* What a model is made of: model.c folds events into it, batch.c many at a time,
 * model_track.c those of the program's own domains, model_map.c those of mmap,
 * model_read.c answers from it. */
#include "tracer/heap/cuts.h"
#include "tracer/heap/fork.h"
#include "tracer/heap/sample.h"
#include "tracer/heap/swallow.h"
#include "tracer/heap/watch.h"

#define SUM_MAX (UINT64_C(1) << 62)     /* bytes live; no sum of sizes may wrap around */

struct model {
	struct catalog *catalog;
	uint64_t sample;                /* 0: every block is recorded */
	struct totals totals, ever;     /* ever: totals when current was highest */
	struct swallows swallows;
	struct unknown_callers unknown; /* of totals.unknown_frees */
	struct tallies tallies;
	struct watch *watch;            /* NULL: nobody asks for parts or a base */
	uint64_t base;                  /* current when the base was set */
	uint64_t refused;               /* events that found no memory, or made no sense */
	struct live live;
	struct forks forks;
	struct tracks tracks;
	struct maps maps;
	struct cuts cuts;
	struct batch *batch;            /* batch.c's, from its first batch on */
	void (*waiting)(void *user), *waiting_user;     /* see model_waiting */
};

/* A block under a tally comes to be, or ends (temporary: as the thread's next event). */
void model_add_block(struct model *model, uint32_t index, uint64_t address, uint64_t size);
void model_drop_block(struct model *model, uint64_t address, const struct live_block *block,
		      bool temporary);

/* The ring's last event: an acquisition of this address, or 0. */
void model_note_event(struct model_ring *ring, uint64_t acquired);

/* The same of an acquisition that went well. */
void model_note_acquired(struct model_ring *ring, uint64_t address);

/* No block is at 0, and none takes half of all addresses. */
static inline bool model_is_sound(const struct wire_event *event)
{
	return wire_event_address(event) && !(wire_event_size(event) >> 47);
}

/* Is the block that this release ends the thread's last event? */
static inline bool model_is_temporary(const struct model *model, const struct model_ring *ring,
				      const struct wire_event *event)
{
	return model->sample ? wire_event_size(event) == 1 :
	       ring->last_acquired == wire_event_address(event);
}

/* A block that the mmap hooks saw is shown, but is no part of current. */
static inline bool counts(const struct tally *tally)
{
	return tally->domain != WIRE_MMAP;
}

static inline void raise_peak(struct model *model)
{
	struct totals *totals = &model->totals;

	if (totals->current <= totals->peak)
		return;
	totals->peak = totals->current;
	model->tallies.peak_epoch++;
	if (totals->peak > totals->peak_ever) {
		totals->peak_ever = totals->peak;
		model->tallies.ever_epoch++;
		model->ever = *totals;
	}
}

/* What a block counts for. */
static inline struct sample_weight weigh(const struct model *model, uint64_t address,
					 uint64_t size)
{
	if (__builtin_expect(!model->sample, 1))
		return (struct sample_weight){ size, 1 };
	return sample_weigh(model->sample, address, size);
}

/* A new block's part of all sums; the tally was saved before, the peak comes after. */
static inline void count_block(struct model *model, uint32_t index, uint64_t address,
			       uint64_t size)
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

/* The tally of a block booked under `index` long ago: settled, or another block's by now. */
static inline uint32_t tally_now(const struct tallies *tallies, uint32_t index, uint64_t address)
{
	const struct tally *tally = tally_at(tallies, index);

	if (tally->state == TALLY_SETTLED ||
	    (tally->state == TALLY_PROVISIONAL && tally->address != address))
		return tally->forward;
	return index;
}

/* The block at `address` changes; `old`: what stood there. */
static inline void forks_note(struct model *model, uint64_t address, const struct live_block *old)
{
	if (__builtin_expect(model->forks.watching != 0, 0))
		forks_log(model, 0, address, old);
}

#endif
