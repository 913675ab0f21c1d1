/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_SAVED_H
#define TRACER_HEAP_TALLY_SAVED_H
/* What tallies were at the moments that the clock of tally.h knows. */
#include "tracer/heap/tally/tally.h"

/* All that a tally holds now is what it held at `peak`, or at both peaks. */
static inline void tallies_peak(struct tallies *tallies, bool ever)
{
	tallies->peak_time = ++tallies->clock;
	if (ever)
		tallies->ever_time = tallies->clock;
}

/* Copies what a tally holds, word by word, hence volatile: the last event may have
 * stored some of it just now, and the processor waits for a store that a wider load
 * reads a part of. */
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

/* Before any change of `now`. */
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

/* Its bytes when the total peaked since the last reset. */
static inline uint64_t tally_peak(const struct tallies *tallies, const struct tally *tally)
{
	return tally->saved >= tallies->peak_time ? tally->at_peak : tally->now.size;
}

/* Its figures when the total peaked since start. */
static inline struct figures tally_ever(const struct tallies *tallies, const struct tally *tally)
{
	return tally->saved >= tallies->ever_time ? tally->at_ever : tally->now;
}

/* Whether its blocks are those that it had then: it has not changed since. */
static inline bool tally_is_ever(const struct tallies *tallies, const struct tally *tally)
{
	return tally->saved < tallies->ever_time;
}

static inline const uint32_t *tally_ever_sizes(const struct tallies *tallies,
					       const struct tally *tally)
{
	return tally->saved >= tallies->ever_time ? tally->sizes_ever : tally->sizes;
}

#endif
