/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Most blocks die young.  One that begins is kept aside, by its address, until it ends or
 * the batch is over; only then it enters the table of live blocks, at which nobody looks
 * in between:
 *
 *	event      0     1     2     3     4     5
 *	           A a   A b   R a   A c   R x   R b        A begins, R ends a block
 *	aside      a     a b   b     b c   b c   c          then c enters the table
 *
 * A block that is kept aside can't make current higher than its peak, nor any part of the
 * heap that is watched (watch.h) higher than that one's.  So with its end it
 * changes only what is counted since the start, and both events are counted at once.  One
 * that might lead to a new peak is applied like all others, once those aside are in the
 * table.  Nor is one kept aside where there is an older block, whose release may come late.
 */
#include "tracer/heap/fold/young.h"

#include <string.h>
#include "tracer/heap/life.h"
#include "tracer/heap/tally/lately.h"

#define YOUNG_NONE (UINT64_C(1) << 63)
#define YOUNG_FORGOTTEN UINT64_MAX      /* the key of no address */
_Static_assert(BATCH_MAX < UINT16_MAX, "a number fits");

/* Where the number of an address' entry is, if it has one. */
static inline uint16_t *newest_of(struct nursery *nursery, uint64_t address)
{
	return &nursery->newest[address * UINT64_C(0x9e3779b97f4a7c15) >> (64 - NEWEST_BITS)];
}

static inline bool young_aside(const struct young *young)
{
	return !(young->key & YOUNG_NONE);
}

/* Which parts keep a block. */
static inline uint64_t *judges_of(struct nursery *nursery, const struct young *young)
{
	return &nursery->judges[young - nursery->of];
}

/* Has a block that is kept aside enter the table. */
static void young_settle(struct model *model, struct nursery *nursery,
			 struct young *young)
{
	const struct model_event *of = young->of;

	young->key = YOUNG_FORGOTTEN;
	model->totals.events++;
	if (__builtin_expect(model->watch != NULL, 0))
		watch_take_up(model->watch, *judges_of(nursery, young), young->size);
	if (put_block(model, of->ring, young->tally, young->index, &of->event) < 0) {
		model->refused++;
		nursery->room += young->size;
	}
}

/* Has all enter the table, and brings the totals up to date; nothing is known any more. */
static void young_settle_all(struct model *model, struct nursery *nursery)
{
	struct totals *totals = &model->totals;

	for (unsigned i = nursery->first; i < nursery->length; i++) {
		if (young_aside(&nursery->of[i]))
			young_settle(model, nursery, &nursery->of[i]);
		nursery->of[i].key = YOUNG_FORGOTTEN;
	}
	nursery->first = nursery->length;
	totals->events += 2 * nursery->ended;
	totals->allocations += nursery->ended;
	totals->frees += nursery->ended;
	totals->total += nursery->ended_size;
	totals->temporary += nursery->ended_temporary;
	nursery->paired += 2 * (unsigned)nursery->ended;
	nursery->ended = nursery->ended_size = nursery->ended_temporary = 0;
}

/* Applies an event before which all others must have been applied. */
__attribute__((noinline)) static void
young_apply(struct model *model, struct nursery *nursery, const struct model_event *of)
{
	young_settle_all(model, nursery);
	model_apply(model, of->ring, &of->event);
	nursery->room = model->totals.peak - model->totals.current;
}

/* A new entry, known by that number. */
static inline struct young *young_add(struct nursery *nursery, uint16_t *number)
{
	struct young *young = &nursery->of[nursery->length];

	*number = (uint16_t)nursery->length++;
	young->key = YOUNG_FORGOTTEN;
	return young;
}

/* A new entry for an address of which nothing is known by that number; NULL: a block is
 * there. */
static struct young *young_make(struct model *model, struct nursery *nursery,
				uint16_t *number, uint64_t address)
{
	struct young *young = &nursery->of[*number];

	if (young->key == address || quick_there(&model->live, address))
		return NULL;
	if (__builtin_expect(young_aside(young), 0))
		young_settle(model, nursery, young);
	return young_add(nursery, number);
}

/* Lays a new block aside in the parts of the heap that keep it.  False: in one of them it
 * might lead to a new peak. */
static inline bool young_lay_aside(struct model *model, struct nursery *nursery,
				   const struct young *young, uint32_t index, uint64_t size)
{
	uint64_t *judges = judges_of(nursery, young);

	*judges = watch_judges(model->watch, &model->tallies, index);
	return watch_lay_aside(model->watch, *judges, size);
}

__attribute__((always_inline)) static inline void
young_begin(struct model *model, struct nursery *nursery, const struct model_event *of,
	    bool watched)
{
	struct model_ring *ring = of->ring;
	uint64_t address = wire_event_address(&of->event), size = wire_event_size(&of->event);
	uint16_t *number = newest_of(nursery, address);
	struct young *young = &nursery->of[*number];
	struct tally *tally = NULL;
	uint32_t index;

	if (size > nursery->room || size >> TALLY_SMALL_BITS || !address)
		young = NULL;
	else if (young->key != (address | YOUNG_NONE))
		young = young_make(model, nursery, number, address);
	if (young)
		tally = tally_of(&model->tallies, wire_event_trace(&of->event), ring->thread,
				 wire_event_domain(&of->event), &index);
	if (watched && tally && !young_lay_aside(model, nursery, young, index, size))
		tally = NULL;
	if (__builtin_expect(!tally, 0)) {
		young_apply(model, nursery, of);
		return;
	}
	*young = (struct young){ address, tally, of, index, (uint32_t)size };
	nursery->room -= size;
	model_mark_done(ring);
	model_note_event(ring, address);
}

/* Applies the end of a block that is not kept aside. */
__attribute__((always_inline)) static inline void
end_older(struct model *model, struct nursery *nursery, const struct model_event *of,
	  uint16_t *number, bool reallocs)
{
	uint64_t before = model->totals.current;
	bool sound = model_is_sound(&of->event), certain = sound && !model->swallows.used;

	if (sound && !reallocs) {
		release(model, of->ring, &of->event);
		model->totals.events++;
	} else {
		model_apply(model, of->ring, &of->event);
	}
	nursery->room += before - model->totals.current;
	if (certain && !young_aside(&nursery->of[*number]))
		young_add(nursery, number)->key =
			wire_event_address(&of->event) | YOUNG_NONE;
}

/* Counts both events of a block that was kept aside. */
static inline void count_pair(struct model *model, struct nursery *nursery,
			      const struct young *young, bool temporary)
{
	struct tally_sums *low = &young->tally->low;

	model_hold_peak(model);
	tally_save(&model->tallies, young->tally);
	low->allocations++;
	tally_apart(&low->allocations);
	low->total += young->size;
	tally_apart(&low->total);
	low->temporary += temporary;
	nursery->ended++;
	nursery->ended_size += young->size;
	nursery->ended_temporary += temporary;
	nursery->room += young->size;
}

__attribute__((always_inline)) static inline void
young_end(struct model *model, struct nursery *nursery, const struct model_event *of,
	  bool reallocs, bool watched)
{
	struct model_ring *ring = of->ring;
	uint64_t address = wire_event_address(&of->event);
	uint16_t *number = newest_of(nursery, address);
	struct young *young = &nursery->of[*number];
	bool temporary = ring->last_acquired == address;

	if (young->key != address || !model_is_sound(&of->event)) {
		end_older(model, nursery, of, number, reallocs);
		return;
	}
	if (__builtin_expect(!tally_counts(young->tally), 0)) {
		young_settle(model, nursery, young);
		end_older(model, nursery, of, number, reallocs);
		return;
	}
	count_pair(model, nursery, young, temporary);
	if (watched)
		watch_count_pair(model->watch, *judges_of(nursery, young), young->size);
	young->key = address | YOUNG_NONE;
	if (reallocs)
		model_pend_block(ring, address, &(struct live_block){
			young->size, young->index, model->tick }, temporary);
	else
		model_note_event(ring, 0);
}

__attribute__((always_inline)) static inline void
young_take(struct model *model, struct nursery *nursery, const struct model_event *of,
	   bool watched)
{
	switch (wire_event_kind(&of->event)) {
	case WIRE_ACQUIRE:
		young_begin(model, nursery, of, watched);
		break;
	case WIRE_RELEASE:
		young_end(model, nursery, of, false, watched);
		break;
	case WIRE_REALLOC_RELEASE:
		young_end(model, nursery, of, true, watched);
		break;
	default:
		young_apply(model, nursery, of);
	}
}

/* The same where parts of the heap are watched, in a loop of its own: the other one asks for
 * none. */
__attribute__((noinline)) static void young_watched(struct model *model,
						    struct nursery *nursery,
						    const struct model_event *events, unsigned n)
{
	for (const struct model_event *of = events; of < events + n; of++)
		young_take(model, nursery, of, true);
}

unsigned young_fold(struct model *model, struct nursery *nursery,
		    const struct model_event *events, unsigned n)
{
	memset(nursery->newest, 0, sizeof(nursery->newest));
	nursery->of[0].key = YOUNG_FORGOTTEN;
	nursery->paired = 0;
	nursery->first = nursery->length = 1;
	nursery->room = model->totals.peak - model->totals.current;
	if (model->watch) {
		young_watched(model, nursery, events, n);
	} else {
		for (const struct model_event *of = events; of < events + n; of++)
			young_take(model, nursery, of, false);
	}
	young_settle_all(model, nursery);
	return nursery->paired;
}
