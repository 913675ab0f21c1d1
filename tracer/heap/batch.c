/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Most blocks die young.  A first pass over the batch finds those whose ACQUIRE and
 * RELEASE both stand in it; a second one applies all events in their order:
 *
 *	event      0     1     2     3     4     5
 *	           A a   A b   R a   A c   R x   R b        A begins, R ends a block
 *	partner    2     5     0     -     -     1
 *
 * Both halves of a pair count as any others do, but the block never enters the table of
 * live blocks, at which nobody looks before the batch is over.  Nothing is paired where
 * the table's contents may matter: if there is an older block at the address, if releases
 * may come late, if children want a copy, or during a look at a running program.
 *
 * Before the event `loud` no sum can rise above the peak, even if every block that ends
 * there turns out to be unknown to the table.  A pair before it changes only what is
 * counted since the start, so it is counted once, when it ends.
 */
#include "tracer/heap/batch.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/heap/live/guess.h"
#include "tracer/heap/count.h"

#define NEWEST_BITS 11
#define NONE UINT16_MAX
#define REST (16 * BATCH_MAX)           /* events to wait before looking for pairs
					 * again */
_Static_assert(BATCH_MAX <= NONE, "an index fits, and NONE is none");

struct batch {
	uint16_t partner[BATCH_MAX];    /* the other half, or NONE */
	uint32_t tally[BATCH_MAX];      /* of a pair whose block has begun */
	uint32_t span[BATCH_MAX];       /* where a block stands, or stood a moment ago */
	uint16_t newest[1u << NEWEST_BITS];     /* by address: an acquisition that may be
						 * paired, or a leftover of an older
						 * batch, or NONE */
	unsigned loud;
	unsigned seen, paired;          /* events since it was last judged whether pairing
					 * is worth it */
	unsigned rest;                  /* events to come that are not searched for
					 * pairs */
	const struct model_event *events;
};

/* Whether the event begins a block at its own address. */
static bool begins(const struct wire_event *event)
{
	return wire_event_kind(event) == WIRE_ACQUIRE && wire_event_domain(event) < WIRE_MMAP &&
	       model_is_sound(event);
}

/* The slot for an address.  Its content belongs to this batch only if it is the number of
 * an event before `at` that begins a block there: that event would have overwritten any
 * older content. */
static uint16_t *newest_of(struct batch *batch, uint64_t address)
{
	return &batch->newest[address * UINT64_C(0x9e3779b97f4a7c15) >> (64 - NEWEST_BITS)];
}

static bool is_newest(const struct batch *batch, uint16_t slot, unsigned at, uint64_t address)
{
	return slot < at && wire_event_address(&batch->events[slot].event) == address &&
	       begins(&batch->events[slot].event);
}

/* Pairs the events of a batch, sets `loud`, and returns how many pairs there are. */
static unsigned pair_up(const struct model *model, struct batch *batch, unsigned n)
{
	/* The highest value that `current` can reach within the batch. */
	uint64_t most = model->totals.current;
	bool quiet = !model->sample && !model->watch;
	unsigned pairs = 0;

	memset(batch->partner, UINT8_MAX, n * sizeof(batch->partner[0]));
	batch->loud = quiet ? n : 0;
	for (unsigned i = 0; i < n; i++) {
		const struct wire_event *event = &batch->events[i].event;
		unsigned kind = wire_event_kind(event);
		uint64_t address = wire_event_address(event);
		uint16_t *newest = newest_of(batch, address), slot = *newest;

		if (kind == WIRE_FORK || kind == WIRE_FORKED)
			break;
		if (begins(event)) {
			*newest = (uint16_t)i;
			most += wire_event_size(event);
			quiet = quiet && most <= model->totals.peak;
		} else if (model_is_sound(event) && is_newest(batch, slot, i, address)) {
			*newest = NONE;
			if (kind == WIRE_RELEASE) {
				batch->partner[i] = slot;
				batch->partner[slot] = (uint16_t)i;
				most -= wire_event_size(&batch->events[slot].event);
				pairs++;
			}
		}
		quiet = quiet && kind != WIRE_REALLOC_RESTORE;
		if (!quiet && batch->loud > i)
			batch->loud = i;
	}
	return pairs;
}

/* From event `at` on a new peak is possible, so blocks of pairs that have begun are
 * counted now. */
static void batch_wake(struct model *model, struct batch *batch, unsigned at)
{
	batch->loud = at;
	for (unsigned i = 0; i < at; i++) {
		const struct wire_event *event = &batch->events[i].event;

		if (batch->partner[i] != NONE && batch->partner[i] >= at)
			model_add_block(model, batch->tally[i], wire_event_address(event),
					wire_event_size(event));
	}
}

/* Whether a block that begins at this address has to enter the table. */
static bool matters(struct model *model, uint64_t address)
{
	struct live_block block;

	return swallow_expects(&model->swallows, address) ||
	       live_find(&model->live, address, &block);
}

/* Dissolves the pair at `at`: its two events are applied like all others. */
static void batch_part(struct model *model, struct batch *batch, unsigned at)
{
	if (at < batch->loud)
		batch_wake(model, batch, at);
	batch->partner[batch->partner[at]] = NONE;
	batch->partner[at] = NONE;
	model_apply(model, batch->events[at].ring, &batch->events[at].event);
}

static void batch_begin(struct model *model, struct batch *batch, unsigned at)
{
	struct model_ring *ring = batch->events[at].ring;
	const struct wire_event *event = &batch->events[at].event;
	uint64_t address = wire_event_address(event), size = wire_event_size(event);

	if (matters(model, address) ||
	    model->totals.current + weigh(model, address, size).size > SUM_MAX ||
	    tally_get(&model->tallies, wire_event_trace(event), ring->thread,
		      wire_event_domain(event), &batch->tally[at])) {
		batch_part(model, batch, at);
		return;
	}
	if (at >= batch->loud)
		model_add_block(model, batch->tally[at], address, size);
	model_mark_done(ring);
	model_note_event(ring, address);
	model->totals.events++;
}

/* Counts a block that began and ended while current stayed below the peak. */
static void count_pair(struct model *model, uint32_t index, uint64_t size, bool temporary)
{
	struct tally *tally = tally_at(&model->tallies, index);
	struct totals *totals = &model->totals;

	tally_save(&model->tallies, tally);
	tally->now.allocations++;
	tally->now.total += size;
	tally->now.temporary += temporary;
	totals->allocations++;
	totals->frees++;
	totals->total += size;
	totals->temporary += temporary;
}

static void batch_end(struct model *model, struct batch *batch, unsigned at)
{
	struct model_ring *ring = batch->events[at].ring;
	const struct wire_event *event = &batch->events[at].event;
	unsigned first = batch->partner[at];
	uint64_t address = wire_event_address(event);
	const struct live_block block = {
		.size = wire_event_size(&batch->events[first].event),
		.tally = batch->tally[first],
		.birth = model->tick,   /* the tick does not change within a batch */
	};
	bool temporary = model_is_temporary(model, ring, event);

	if (at < batch->loud)
		count_pair(model, block.tally, block.size, temporary);
	else
		model_drop_block(model, address, &block, temporary);
	model_note_event(ring, 0);
	model->totals.events++;
}

/* What is prefetched. */
struct ahead {
	bool groups, spans, tallies;    /* whether they are fetched */
};

/* First stage: finds the span in which the block stands or will stand, and prefetches it,
 * and the slot of the tally. */
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

__attribute__((always_inline))
static inline void prefetch_slot(const struct model *model, const struct model_event *of)
{
	if (wire_event_kind(&of->event) == WIRE_ACQUIRE)
		__builtin_prefetch(tally_slot(&model->tallies,
					      tally_hash(wire_event_trace(&of->event),
							 of->ring->thread,
							 wire_event_domain(&of->event))));
}

/* The entry of the block that an event ends, as far as it is known ahead; NULL else. */
__attribute__((always_inline)) static inline const struct live_entry *
guess_entry(const struct model *model, const struct batch *batch, unsigned at, bool spans)
{
	uint64_t address = wire_event_address(&batch->events[at].event);
	uint32_t span = spans ? batch->span[at] : live_guess(&model->live, address);

	return live_guess_entry(&model->live, span, address);
}

/* Second stage: prefetches the entry, or the tally, whose index is in what the first stage
 * fetched. */
__attribute__((always_inline))
static inline void prefetch_tally(const struct model *model, const struct batch *batch,
				  unsigned at, struct ahead ahead)
{
	const struct model_event *of = &batch->events[at];
	uint32_t index = UINT32_MAX;

	if (wire_event_kind(&of->event) == WIRE_ACQUIRE) {
		const struct finder_slot *slot = !ahead.tallies ? NULL :
			tally_slot(&model->tallies, tally_hash(wire_event_trace(&of->event),
							       of->ring->thread,
							       wire_event_domain(&of->event)));
		if (slot)
			index = slot->value - 1;
	} else {
		const struct live_entry *entry = guess_entry(model, batch, at, ahead.spans);

		if (entry && ahead.tallies)
			index = live_tally(entry);
		else if (entry)
			__builtin_prefetch(entry, 1);
	}
	if (index < model->tallies.length) {
		const struct tally *tally = tally_at(&model->tallies, index);

		__builtin_prefetch(tally, 1);
		__builtin_prefetch(tally->sizes, 1);
	}
}

#define KEYS_AHEAD 48u
#define SPANS_AHEAD 32u
#define TALLY_AHEAD 16u
/* So few tallies, and blocks that take so little, stay in the processor's cache without
 * prefetching. */
#define TALLIES_NEAR 2048u
#define UNITS_NEAR 32768u
#define UNITS_FAR 1048576u              /* nor do the nodes above the spans */

/* Whether there are pairs.  The search costs a fifth of what a pair saves, so it is left
 * out for a while where it finds too few. */
static bool batch_look(const struct model *model, struct batch *batch, unsigned n)
{
	unsigned pairs;

	if (model->forks.watching || model->stirred.on)
		return false;
	if (batch->rest) {
		batch->rest -= batch->rest < n ? batch->rest : n;
		return false;
	}
	pairs = pair_up(model, batch, n);
	batch->seen += n;
	batch->paired += 2 * pairs;
	if (batch->seen >= BATCH_MAX) {
		batch->rest = batch->paired < batch->seen / 4 ? REST : 0;
		batch->seen = batch->paired = 0;
	}
	return pairs;
}

/* Applies one event of a batch that has pairs. */
static inline void batch_take(struct model *model, struct batch *batch, unsigned at)
{
	if (at == batch->loud)
		batch_wake(model, batch, at);
	if (batch->partner[at] == NONE)
		model_apply(model, batch->events[at].ring, &batch->events[at].event);
	else if (batch->partner[at] > at)
		batch_begin(model, batch, at);
	else
		batch_end(model, batch, at);
}

/* Whether this ends a pair: it touches only memory that the pair's beginning has
 * touched. */
static inline bool is_end(const struct batch *batch, unsigned at)
{
	return batch->partner[at] < at;
}

__attribute__((always_inline)) static inline void
prefetch_keys(const struct model *model, struct batch *batch, unsigned at,
	      struct ahead ahead)
{
	if (ahead.groups)
		live_fetch_group(&model->live, wire_event_address(&batch->events[at].event));
	else if (ahead.spans)
		prefetch_span(model, batch, at);
	if (ahead.tallies)
		prefetch_slot(model, &batch->events[at]);
}

__attribute__((always_inline)) static inline void
batch_fold(struct model *model, struct batch *batch, unsigned n, bool pairs)
{
	const struct model_event *events = batch->events;
	const struct ahead ahead = { model->live.top > UNITS_FAR, model->live.top > UNITS_NEAR,
				     model->tallies.length > TALLIES_NEAR };
	const bool second = ahead.spans || ahead.tallies;

	for (unsigned i = 0; i < n && i < KEYS_AHEAD; i++)
		prefetch_keys(model, batch, i, ahead);
	for (unsigned i = 0; ahead.groups && i < n && i < SPANS_AHEAD; i++)
		prefetch_span(model, batch, i);
	for (unsigned i = 0; second && i < n && i < TALLY_AHEAD; i++)
		prefetch_tally(model, batch, i, ahead);
	for (unsigned i = 0; i < n; i++) {
		if (i + KEYS_AHEAD < n && !(pairs && is_end(batch, i + KEYS_AHEAD)))
			prefetch_keys(model, batch, i + KEYS_AHEAD, ahead);
		if (ahead.groups && i + SPANS_AHEAD < n && !(pairs && is_end(batch, i + SPANS_AHEAD)))
			prefetch_span(model, batch, i + SPANS_AHEAD);
		if (second && i + TALLY_AHEAD < n && !(pairs && is_end(batch, i + TALLY_AHEAD)))
			prefetch_tally(model, batch, i + TALLY_AHEAD, ahead);
		if (pairs)
			batch_take(model, batch, i);
		else
			model_apply(model, events[i].ring, &events[i].event);
	}
}

static void fold_plainly(struct model *model, const struct model_event *events, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		model_apply(model, events[i].ring, &events[i].event);
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
		if (batch_look(model, batch, some))
			batch_fold(model, batch, some, true);
		else
			batch_fold(model, batch, some, false);
	}
}
