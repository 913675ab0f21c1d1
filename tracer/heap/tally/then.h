/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_THEN_H
#define TRACER_HEAP_TALLY_THEN_H
/* What a tally was at the peaks, as saved.h has saved it, or is still. */
#include "tracer/heap/tally/wide.h"

/* A tally's bytes when the total peaked since the last reset. */
static inline uint64_t tally_peak(const struct tallies *tallies, const struct tally *tally)
{
	const struct tally_rest *rest = tally_rest(tallies, tally);

	if (tally->saved < tallies->peak_time)
		return tally_size(tallies, tally);
	return rest ? rest->at_peak : 0;
}

/* Whether the tally has not changed since the total peaked since the start, so that its
 * blocks are still the same. */
static inline bool tally_is_ever(const struct tallies *tallies, const struct tally *tally)
{
	return tally->saved < tallies->ever_time;
}

/* What a tally has now, or had at that peak. */
struct tally_then {
	const struct tally_sums *low;
	const struct figures *base;     /* to which they are added; NULL: nothing */
	const uint32_t *base_sizes;
};

static inline struct tally_then tally_then(const struct tallies *tallies,
					   const struct tally *tally, bool ever)
{
	static const struct tally_sums none;
	const struct tally_wide *wide = tally_wide(tallies, tally);
	const struct tally_rest *rest;

	if (!ever || tally_is_ever(tallies, tally))
		return (struct tally_then){ &tally->low, wide ? &wide->now : NULL,
					    wide ? wide->sizes : NULL };
	rest = tally_rest(tallies, tally);
	return (struct tally_then){ rest ? &rest->at_ever : &none, wide ? &wide->ever : NULL,
				    wide ? wide->sizes_ever : NULL };
}

static inline void then_read(const struct tally_then *then, struct figures *to,
			    uint32_t sizes[SIZE_CLASSES])
{
#define THEN_READ(name) to->name = then->low->name;
	FIGURES_EACH(THEN_READ)
#undef THEN_READ
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		sizes[i] = then->low->sizes[i];
	if (__builtin_expect(!then->base, 1))
		return;
	figures_add(to, then->base);
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		sizes[i] += then->base_sizes[i];
}

#endif
