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
 * A block that can't make current higher than its peak is quiet: with its end, it changes
 * only what is counted since the start, so both are counted at once, when it ends.  What
 * quiet blocks hold meanwhile is not in current but in `quiet_bytes`.  Before an event
 * that may lead to a new peak those that have not ended yet are counted like all others.
 */
#include "tracer/heap/batch.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/heap/live/guess.h"
#include "tracer/heap/live/quick.h"
#include "tracer/heap/count.h"
#include "tracer/heap/tally/first.h"
#include "tracer/heap/tally/lately.h"

#define NEWEST_BITS 11
#define NONE UINT16_MAX
#define COUNTED (UINT32_C(1) << 31)     /* the block is in all sums */
#define REST (16 * BATCH_MAX)           /* events to wait before looking for pairs
					 * again */
_Static_assert(BATCH_MAX <= NONE, "an index fits, and NONE is none");

struct batch {
	uint16_t partner[BATCH_MAX];    /* the other half, or NONE */
	bool empty[BATCH_MAX];          /* an acquisition where a block has ended before,
					 * in this batch */
	uint32_t tally[BATCH_MAX];      /* of a pair whose block has begun; and COUNTED */
	uint32_t span[BATCH_MAX];       /* where a block stands, or stood a moment ago */
	const struct tally *fetched[BATCH_MAX]; /* for an event; NULL: none */
	uint16_t newest[1u << NEWEST_BITS];     /* by address: the last event of that hash,
						 * or a leftover of an older batch */
	unsigned woken;                 /* pairs that began before it are counted */
	unsigned quiet_blocks;          /* those of them that have begun, and not ended */
	uint64_t quiet_bytes;
	bool quiets;                    /* whether there may be any */
	bool certain;                   /* no release was expected late: each that is in
					 * this batch has ended its block */
	unsigned seen, paired;          /* events since it was last judged whether pairing
					 * is worth it */
	unsigned rest;                  /* events to come that are not searched for
					 * pairs */
	const struct model_event *events;
};

static bool ends(unsigned kind)
{
	return kind == WIRE_RELEASE || kind == WIRE_REALLOC_RELEASE;
}

/* The slot for an address. */
static uint16_t *newest_of(struct batch *batch, uint64_t address)
{
	return &batch->newest[address * UINT64_C(0x9e3779b97f4a7c15) >> (64 - NEWEST_BITS)];
}

/* The last event of this address before `at`, whose number a slot holds; NULL: there was
 * none in this batch.  An event with sense and this address would have overwritten any
 * older content. */
static const struct wire_event *batch_newest(const struct batch *batch, uint16_t slot,
					     unsigned at, uint64_t address)
{
	const struct wire_event *event = &batch->events[slot].event;

	bool is = slot < at && wire_event_address(event) == address && model_is_sound(event);

	return is ? event : NULL;
}

/* Pairs an event, which makes sense, with an older one.  True: it ends a pair. */
static inline bool pair_one(struct batch *batch, unsigned at)
{
	const struct wire_event *event = &batch->events[at].event, *last;
	unsigned kind = wire_event_kind(event);
	uint64_t address = wire_event_address(event);
	uint16_t *newest = newest_of(batch, address), slot = *newest;

	last = batch_newest(batch, slot, at, address);
	*newest = (uint16_t)at;
	batch->empty[at] = kind == WIRE_ACQUIRE && last && ends(wire_event_kind(last));
	if (!ends(kind) || !last || wire_event_kind(last) != WIRE_ACQUIRE ||
	    wire_event_domain(last) >= WIRE_MMAP)
		return false;
	batch->partner[at] = slot;
	batch->partner[slot] = (uint16_t)at;
	return true;
}

/* Pairs the events of a batch, and returns how many pairs there are. */
static unsigned pair_up(const struct model *model, struct batch *batch, unsigned n)
{
	unsigned pairs = 0;

	memset(batch->partner, UINT8_MAX, n * sizeof(batch->partner[0]));
	batch->woken = batch->quiet_blocks = 0;
	batch->quiet_bytes = 0;
	batch->quiets = !model->sample && !model->watch;
	batch->certain = !model->swallows.used;
	for (unsigned i = 0; i < n; i++) {
		const struct wire_event *event = &batch->events[i].event;
		unsigned kind = wire_event_kind(event);

		if (kind == WIRE_FORK || kind == WIRE_FORKED)
			break;
		if (__builtin_expect(model_is_sound(event), 1))
			pairs += pair_one(batch, i);
	}
	return pairs;
}

/* Counts the quiet blocks that have begun before this event. */
static void batch_wake(struct model *model, struct batch *batch, unsigned at)
{
	for (unsigned i = batch->woken; i < at && batch->quiet_blocks; i++) {
		const struct wire_event *event = &batch->events[i].event;

		if (batch->partner[i] == NONE || batch->partner[i] < at ||
		    batch->tally[i] & COUNTED)
			continue;
		model_add_block(model, batch->tally[i], wire_event_address(event),
				wire_event_size(event));
		batch->tally[i] |= COUNTED;
		batch->quiet_blocks--;
	}
	batch->quiet_bytes = 0;
	batch->woken = at;
}

/* Whether there can be no new peak when a block of this size begins. */
static inline bool stays_low(const struct model *model, const struct batch *batch,
			     uint64_t size)
{
	return model->totals.current + batch->quiet_bytes + size <= model->totals.peak;
}

/* Whether a block of a pair has to enter the table. */
static bool matters(struct model *model, const struct batch *batch, unsigned at,
		    uint64_t address)
{
	if (batch->certain && batch->empty[at])
		return false;
	return swallow_expects(&model->swallows, address) ||
	       quick_there(&model->live, address);
}

/* Applies an event that is in no pair. */
static inline void batch_alone(struct model *model, struct batch *batch, unsigned at)
{
	const struct model_event *of = &batch->events[at];
	const struct wire_event *event = &of->event;
	unsigned kind = wire_event_kind(event);

	if (batch->quiet_blocks &&
	    (kind == WIRE_REALLOC_RESTORE ||
	     (kind == WIRE_ACQUIRE && !stays_low(model, batch, wire_event_size(event)))))
		batch_wake(model, batch, at);
	model_apply(model, of->ring, event);
	batch->certain = batch->certain && !model->swallows.used;
}

/* Dissolves the pair at `at`: its two events are applied like all others. */
static void batch_part(struct model *model, struct batch *batch, unsigned at)
{
	batch->partner[batch->partner[at]] = NONE;
	batch->partner[at] = NONE;
	batch_alone(model, batch, at);
}

static inline void batch_begin(struct model *model, struct batch *batch, unsigned at)
{
	struct model_ring *ring = batch->events[at].ring;
	const struct wire_event *event = &batch->events[at].event;
	uint64_t address = wire_event_address(event), size = wire_event_size(event);
	struct tally *tally;

	if (matters(model, batch, at, address) ||
	    weigh(model, address, size).size >
		    SUM_MAX - model->totals.current - batch->quiet_bytes ||
	    !(tally = tally_of(&model->tallies, wire_event_trace(event), ring->thread,
			       wire_event_domain(event), &batch->tally[at])) ||
	    !block_has_room(model, tally, address, size)) {
		batch_part(model, batch, at);
		return;
	}
	if (__builtin_expect(batch->quiets && stays_low(model, batch, size) &&
			     !(size >> TALLY_SMALL_BITS), 1)) {
		batch->quiet_blocks++;
		batch->quiet_bytes += size;
	} else {
		if (batch->quiet_blocks)
			batch_wake(model, batch, at);
		model_add_to(model, tally, batch->tally[at], address, size);
		batch->tally[at] |= COUNTED;
	}
	model_mark_done(ring);
	model_note_event(ring, address);
	model->totals.events++;
}

/* Counts a quiet block, at its end. */
static void count_pair(struct model *model, uint32_t index, uint64_t size, bool temporary)
{
	struct tally *tally = tally_at(&model->tallies, index);
	struct totals *totals = &model->totals;

	model_hold_peak(model);
	tally_save(&model->tallies, tally);
	tally->low.allocations++;
	tally->low.total += (uint32_t)size;
	tally->low.temporary += temporary;
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
		.tally = batch->tally[first] & ~COUNTED,
		.birth = model->tick,   /* the tick does not change within a batch */
	};
	bool temporary = model_is_temporary(model, ring, event);

	if (batch->tally[first] & COUNTED) {
		model_drop_block(model, address, &block, temporary);
	} else {
		count_pair(model, block.tally, block.size, temporary);
		batch->quiet_blocks--;
		batch->quiet_bytes -= block.size;
	}
	if (wire_event_kind(event) == WIRE_REALLOC_RELEASE)
		model_pend_block(ring, address, &block, temporary);
	else
		model_note_event(ring, 0);
	model->totals.events++;
}

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
prefetch_first(const struct model *model, const struct model_event *of, struct ahead ahead)
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
/* So few tallies, and blocks that take so little, stay in the processor's cache without
 * prefetching. */
#define TALLIES_NEAR 2048u
#define UNITS_NEAR 49152u
#define UNITS_FAR 1572864u              /* nor do the nodes above the spans */

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
	if (batch->partner[at] == NONE)
		batch_alone(model, batch, at);
	else if (batch->partner[at] > at)
		batch_begin(model, batch, at);
	else
		batch_end(model, batch, at);
}

/* Whether this event touches only what another one of its pair, or of its address, has
 * touched in this batch. */
static inline bool batch_near(const struct batch *batch, unsigned at)
{
	return batch->partner[at] < at || batch->empty[at];
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
		prefetch_first(model, &batch->events[at], ahead);
}

__attribute__((always_inline)) static inline void
batch_each(struct model *model, struct batch *batch, unsigned n, bool pairs)
{
	const struct model_event *events = batch->events;

	for (unsigned i = 0; i < n; i++)
		if (pairs)
			batch_take(model, batch, i);
		else
			model_apply(model, events[i].ring, &events[i].event);
}

/* The same, where the memory that it touches is to be fetched ahead. */
__attribute__((always_inline)) static inline void
batch_fold(struct model *model, struct batch *batch, unsigned n, bool pairs,
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
		if (i + KEYS_AHEAD < n && !(pairs && batch_near(batch, i + KEYS_AHEAD)))
			prefetch_keys(model, batch, i + KEYS_AHEAD, ahead);
		if (ahead.groups && i + SPANS_AHEAD < n &&
		    !(pairs && batch_near(batch, i + SPANS_AHEAD)))
			prefetch_span(model, batch, i + SPANS_AHEAD);
		if (i + TALLY_AHEAD < n && !(pairs && batch_near(batch, i + TALLY_AHEAD)))
			prefetch_tally(model, batch, i + TALLY_AHEAD, ahead);
		if (ahead.rests && i + REST_AHEAD < n &&
		    !(pairs && batch_near(batch, i + REST_AHEAD)))
			prefetch_rest(model, batch, i + REST_AHEAD);
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

static void fold_some(struct model *model, struct batch *batch, unsigned n)
{
	const struct ahead ahead = {
		.groups = model->live.top > UNITS_FAR,
		.spans = model->live.top > UNITS_NEAR,
		.tallies = model->tallies.length > TALLIES_NEAR,
		.others = others_are_many(&model->tallies),
		.rests = model->tallies.rests_length > TALLIES_NEAR,
	};
	bool far = ahead.spans || ahead.tallies, pairs = batch_look(model, batch, n);

	if (far && pairs)
		batch_fold(model, batch, n, true, ahead);
	else if (far)
		batch_fold(model, batch, n, false, ahead);
	else if (pairs)
		batch_each(model, batch, n, true);
	else
		batch_each(model, batch, n, false);
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
