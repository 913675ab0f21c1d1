/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_SAVED_H
#define TRACER_HEAP_TALLY_SAVED_H
/* What tallies were at the moments that tally.h's clock distinguishes; and which one a
 * block counts under now. */
#include "tracer/heap/tally/tally.h"

/* Says that what tallies hold now is what they held at `peak`, and with `ever` at
 * `peak_ever` too. */
static inline void tallies_peak(struct tallies *tallies, bool ever)
{
	tallies->peak_time = ++tallies->clock;
	if (ever)
		tallies->ever_time = tallies->clock;
}

/* Saves a tally's present figures.  They are volatile here so that they are copied word
 * by word: the last event may have stored some of them a moment ago, and a wider load
 * would make the processor wait until that store has reached the cache. */
static inline void tally_keep(struct tally *tally)
{
	const volatile struct figures *now = &tally->now;
	const volatile uint32_t *sizes = tally->sizes;

#define TALLY_KEEP(name) tally->at_ever.name = now->name;
	FIGURES_EACH(TALLY_KEEP)
#undef TALLY_KEEP
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		tally->sizes_ever[i] = sizes[i];
}

/* To be called before each change of `now`. */
static inline void tally_save(struct tallies *tallies, struct tally *tally)
{
	if (tally->saved == tallies->clock)
		return;
	if (tally->saved < tallies->peak_time)
		tally->at_peak = tally->now.size;
	if (tally->saved < tallies->ever_time)
		tally_keep(tally);
	if (__builtin_expect(tally->saved < tallies->tick_time, 0))
		tally_note(tallies, tally);
	tally->saved = tallies->clock;
}

/* The same where what is now is what was at both peaks, before a change after which that
 * is so again. */
static inline void tally_tick(struct tallies *tallies, struct tally *tally)
{
	if (__builtin_expect(tally->saved >= tallies->tick_time, 1))
		return;
	tally_note(tallies, tally);
	tally->saved = tallies->clock;
}

/* A tally's bytes when the total peaked since the last reset. */
static inline uint64_t tally_peak(const struct tallies *tallies, const struct tally *tally)
{
	return tally->saved >= tallies->peak_time ? tally->at_peak : tally->now.size;
}

/* A tally's figures when the total peaked since the start. */
static inline struct figures tally_ever(const struct tallies *tallies, const struct tally *tally)
{
	return tally->saved >= tallies->ever_time ? tally->at_ever : tally->now;
}

/* Whether the tally has not changed since that peak, so that its blocks are still the
 * same. */
static inline bool tally_is_ever(const struct tallies *tallies, const struct tally *tally)
{
	return tally->saved < tallies->ever_time;
}

static inline const uint32_t *tally_ever_sizes(const struct tallies *tallies,
					       const struct tally *tally)
{
	return tally->saved >= tallies->ever_time ? tally->sizes_ever : tally->sizes;
}

/* The tally of a block booked under `index` long ago, which may have been settled or
 * reused. */
static inline uint32_t tally_now(const struct tallies *tallies, uint32_t index,
				 uint64_t address)
{
	const struct tally *tally = tally_at(tallies, index);

	if (tally->state == TALLY_SETTLED ||
	    (tally->state == TALLY_PROVISIONAL && tally->address != address))
		return tally->forward;
	return index;
}

#endif
