/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_SAVED_H
#define TRACER_HEAP_TALLY_SAVED_H
/* What tallies were at the moments that tally.h's clock distinguishes; and which one a
 * block counts under now. */
#include "tracer/heap/tally/wide.h"

/* Says that what tallies hold now is what they held at `peak`, and with `ever` at
 * `peak_ever` too. */
static inline void tallies_peak(struct tallies *tallies, bool ever)
{
	tallies->peak_time = ++tallies->clock;
	if (ever)
		tallies->ever_time = tallies->clock;
}

/* Saves a tally's present sums.  They are volatile here so that they are copied word by
 * word: the last event may have stored some of them a moment ago, and a wider load would
 * make the processor wait until that store has reached the cache. */
static inline void tally_keep(const struct tallies *tallies, const struct tally *tally,
			      struct tally_rest *rest)
{
	const volatile struct tally_sums *low = &tally->low;
	struct tally_wide *wide = tally_wide(tallies, tally);

#define TALLY_KEEP(name) rest->at_ever.name = low->name;
	FIGURES_EACH(TALLY_KEEP)
#undef TALLY_KEEP
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		rest->at_ever.sizes[i] = low->sizes[i];
	if (!wide)
		return;
	wide->ever = wide->now;
	memcpy(wide->sizes_ever, wide->sizes, sizeof(wide->sizes));
}

/* The first change of a tally since the clock went on. */
__attribute__((noinline)) static void tally_save_first(struct tallies *tallies,
						       struct tally *tally)
{
	struct tally_rest *rest;

	if (tally->saved < tallies->peak_time) {
		rest = tally->rest ? tally_rest(tallies, tally) :
				     tally_make_rest(tallies, tally);
		rest->at_peak = tally_size(tallies, tally);
		if (tally->saved < tallies->ever_time)
			tally_keep(tallies, tally, rest);
	}
	if (__builtin_expect(tally->saved < tallies->tick_time, 0))
		tally_note(tallies, tally);
	tally->saved = tallies->clock;
}

/* To be called before each change of what a tally has. */
static inline void tally_save(struct tallies *tallies, struct tally *tally)
{
	if (tally->saved != tallies->clock)
		tally_save_first(tallies, tally);
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

/* The tally in whose figures those of a provisional one count; of a settled one the one
 * that has them now. */
static inline uint32_t tally_forward(const struct tallies *tallies, const struct tally *tally)
{
	return tally_rest(tallies, tally)->forward;
}

/* The tally of a block booked under `index` long ago, which may have been settled or
 * reused. */
static inline uint32_t tally_now(const struct tallies *tallies, uint32_t index,
				 uint64_t address)
{
	const struct tally *tally = tally_at(tallies, index);

	if (tally->state == TALLY_SETTLED ||
	    (tally->state == TALLY_PROVISIONAL &&
	     tally_rest(tallies, tally)->address != address))
		return tally_forward(tallies, tally);
	return index;
}

#endif
