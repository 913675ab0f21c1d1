/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two ways to apply a batch.  Where many blocks die young, young.c does it.  Else events
 * are applied one by one; and if the heap has many tallies or blocks, what an event will
 * touch is fetched into the processor's caches before its turn comes, in stages:
 *
 *	i              i + 6       i + 16             i + 32    i + 48
 *	is applied     its rest    tally or entry     span      what says where they are
 */
#include "tracer/heap/fold/batch.h"

#include <stdlib.h>
#include "tracer/heap/fold/young.h"
#include "tracer/heap/live/guess.h"
#include "tracer/heap/model_parts.h"
#include "tracer/heap/tally/first.h"

struct batch {
	uint32_t span[BATCH_MAX];       /* where a block stands, or stood a moment ago */
	const struct tally *fetched[BATCH_MAX]; /* for an event; NULL: none */
	unsigned seen, paired;          /* events since it was last judged whether many
					 * blocks die young */
	unsigned rest;                  /* events to come until that is tried again */
	const struct model_event *events;
	struct nursery nursery;
};

/* What is prefetched. */
struct ahead {
	bool groups, spans, tallies, others, rests;     /* whether they are fetched */
};

/* First stage: finds the span in which the block stands or will stand, and prefetches it;
 * and what says which the tally is. */
__attribute__((always_inline))
static inline void prefetch_span(const struct model *model, struct batch *batch,
				 unsigned at)
{
	const struct wire_event *event = &batch->events[at].event;
	uint32_t span = live_guess(&model->live, wire_event_address(event));

	batch->span[at] = span;
	if (span) {
		const uint32_t *piece = live_piece(&model->live, span);

		__builtin_prefetch(piece, 1);
		__builtin_prefetch(piece + 16, 1);
	}
}

static inline const struct finder_slot *slot_of(const struct model *model,
						const struct model_event *of)
{
	return tally_slot(&model->tallies,
			  tally_hash(wire_event_trace(&of->event), of->ring->thread,
				     wire_event_domain(&of->event)));
}

__attribute__((always_inline)) static inline void
prefetch_first(const struct model *model, const struct model_event *of,
	       struct ahead ahead)
{
	if (wire_event_kind(&of->event) != WIRE_ACQUIRE)
		return;
	first_fetch(&model->tallies, wire_event_trace(&of->event));
	if (ahead.others)
		__builtin_prefetch(slot_of(model, of));
}

/* The tally of a block that begins, as far as it is known ahead; UINT32_MAX else. */
__attribute__((always_inline)) static inline uint32_t
guess_tally(const struct model *model, const struct model_event *of, struct ahead ahead)
{
	uint32_t index = first_guess(&model->tallies, wire_event_trace(&of->event),
				     of->ring->thread, wire_event_domain(&of->event));
	const struct finder_slot *slot;

	if (index != UINT32_MAX || !ahead.others)
		return index;
	slot = slot_of(model, of);
	return slot ? slot->value - 1 : UINT32_MAX;
}

/* Where the entry is of the block that an event ends, as far as that is known ahead, and
 * what it holds; NULL else. */
__attribute__((always_inline)) static inline unsigned char *
guess_entry(const struct model *model, const struct batch *batch, unsigned at, bool spans,
	    uint64_t *entry)
{
	uint64_t address = wire_event_address(&batch->events[at].event);
	uint32_t span = spans ? batch->span[at] : live_guess(&model->live, address);

	return live_guess_entry(&model->live, span, address, entry);
}

/* Second stage: prefetches the entry, or the tally, whose index is in what the first stage
 * fetched. */
__attribute__((always_inline))
static inline void prefetch_tally(const struct model *model, struct batch *batch,
				  unsigned at, struct ahead ahead)
{
	const struct model_event *of = &batch->events[at];
	uint32_t index = UINT32_MAX;

	if (wire_event_kind(&of->event) == WIRE_ACQUIRE) {
		if (ahead.tallies)
			index = guess_tally(model, of, ahead);
	} else {
		unsigned char *slot;
		uint64_t entry;

		slot = guess_entry(model, batch, at, ahead.spans, &entry);

		if (slot && ahead.tallies)
			index = live_entry_tally(entry);
		else if (slot)
			__builtin_prefetch(slot, 1);
	}
	batch->fetched[at] = NULL;
	if (index < model->tallies.length) {
		batch->fetched[at] = tally_at(&model->tallies, index);
		__builtin_prefetch(batch->fetched[at], 1);
	}
}

/* Third stage: prefetches what the tally held at the peak, if that will be saved. */
__attribute__((always_inline))
static inline void prefetch_rest(const struct model *model, const struct batch *batch,
				 unsigned at)
{
	if (batch->fetched[at])
		tally_fetch_rest(&model->tallies, batch->fetched[at]);
}

#define KEYS_AHEAD 48u
#define SPANS_AHEAD 32u
#define TALLY_AHEAD 16u
#define REST_AHEAD 6u

__attribute__((always_inline)) static inline void
prefetch_keys(const struct model *model, struct batch *batch, unsigned at,
	      struct ahead ahead)
{
	if (ahead.groups)
		live_fetch_group(&model->live,
				 wire_event_address(&batch->events[at].event));
	else if (ahead.spans)
		prefetch_span(model, batch, at);
	if (ahead.tallies)
		prefetch_first(model, &batch->events[at], ahead);
}

/* Applies events one by one, where the memory that they touch is to be fetched ahead. */
static void batch_fold(struct model *model, struct batch *batch, unsigned n,
		       struct ahead ahead)
{
	const struct model_event *events = batch->events;

	for (unsigned i = 0; i < n && i < KEYS_AHEAD; i++)
		prefetch_keys(model, batch, i, ahead);
	for (unsigned i = 0; ahead.groups && i < n && i < SPANS_AHEAD; i++)
		prefetch_span(model, batch, i);
	for (unsigned i = 0; i < n && i < TALLY_AHEAD; i++)
		prefetch_tally(model, batch, i, ahead);
	for (unsigned i = 0; i < n; i++) {
		if (i + KEYS_AHEAD < n)
			prefetch_keys(model, batch, i + KEYS_AHEAD, ahead);
		if (ahead.groups && i + SPANS_AHEAD < n)
			prefetch_span(model, batch, i + SPANS_AHEAD);
		if (i + TALLY_AHEAD < n)
			prefetch_tally(model, batch, i + TALLY_AHEAD, ahead);
		if (ahead.rests && i + REST_AHEAD < n)
			prefetch_rest(model, batch, i + REST_AHEAD);
		model_apply(model, events[i].ring, &events[i].event);
	}
}

static void fold_plainly(struct model *model, const struct model_event *events,
			 unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		model_apply(model, events[i].ring, &events[i].event);
}

#define REST (16 * BATCH_MAX)           /* events to wait before the next try */

/* Whether it may be that many blocks die young. */
static bool batch_tries(const struct model *model, struct batch *batch, unsigned n)
{
	if (model->stirred.on || model->sample)
		return false;
	if (!batch->rest)
		return true;
	batch->rest -= batch->rest < n ? batch->rest : n;
	return false;
}

/* Judges by how many events were of such blocks: where there are few, they cost a fifth of
 * what they save where there are many. */
static void batch_judge(struct batch *batch, unsigned n, unsigned paired,
			unsigned quarters)
{
	batch->seen += n;
	batch->paired += paired;
	if (batch->seen < BATCH_MAX)
		return;
	batch->rest = batch->paired < batch->seen / 4 * quarters ? REST : 0;
	batch->seen = batch->paired = 0;
}

/* So few tallies, and blocks that take so little, stay in the processor's caches. */
#define TALLIES_NEAR 8192u
#define UNITS_NEAR 196608u
#define UNITS_FAR 1572864u              /* nor do the nodes above the spans */

/* How many quarters of all events are worth it.  In a very large heap it is better to
 * fetch what events touch than to keep half of the blocks aside. */
static unsigned batch_wants(const struct model *model)
{
	return model->live.top > 4 * UNITS_NEAR ||
	       model->tallies.length > 4 * TALLIES_NEAR ? 3 : 1;
}

static void fold_some(struct model *model, struct batch *batch, unsigned n)
{
	const struct ahead ahead = {
		.groups = model->live.top > UNITS_FAR,
		.spans = model->live.top > UNITS_NEAR,
		.tallies = model->tallies.length > TALLIES_NEAR,
		.others = others_are_many(&model->tallies),
		.rests = model->tallies.rests_length > TALLIES_NEAR,
	};

	if (batch_tries(model, batch, n)) {
		unsigned paired = young_fold(model, &batch->nursery, batch->events, n);

		batch_judge(batch, n, paired, batch_wants(model));
	} else if (ahead.spans || ahead.tallies) {
		batch_fold(model, batch, n, ahead);
	} else {
		fold_plainly(model, batch->events, n);
	}
}

void model_apply_batch(struct model *model, const struct model_event *events, unsigned n)
{
	struct batch *batch = model->batch;

	if (!batch)
		batch = model->batch = calloc(1, sizeof(*batch));
	if (!batch)
		fold_plainly(model, events, n);
	for (unsigned some; batch && n; n -= some, events += some) {
		some = n < BATCH_MAX ? n : BATCH_MAX;
		batch->events = events;
		fold_some(model, batch, some);
	}
}
