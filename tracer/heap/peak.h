/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_PEAK_H
#define TRACER_HEAP_PEAK_H
/*
 * What all sums were when current was highest.  As long as each event makes it higher still,
 * what they are now is what they were at the peak, so nothing has to be kept for that moment:
 * only the next event that is no rise keeps it.  A heap that grows costs no copy a block.
 *
 *	current  1  2  3  4  3  5        at 4 nothing is kept but that `rising`;
 *	rising      *  *  *     *        before 3 all of 4 is kept
 */
#include "tracer/heap/model_parts.h"
#include "tracer/heap/tally/saved.h"

/* Copies those totals that events change; all others are 0.  They are volatile so that
 * they are copied word by word: some were stored a moment ago, and a wider load would
 * make the processor wait until those stores have reached the cache. */
static inline void keep_totals(struct totals *to, const volatile struct totals *from)
{
	to->current = from->current;
	to->peak = from->peak;
	to->peak_ever = from->peak_ever;
	to->blocks = from->blocks;
	to->allocations = from->allocations;
	to->frees = from->frees;
	to->total = from->total;
	to->temporary = from->temporary;
	to->mapped = from->mapped;
	to->unknown_frees = from->unknown_frees;
	to->events = from->events;
}

/* Keeps what all sums are as what they were at the peak, once the heap has stopped to rise. */
static inline void keep_peak(struct model *model)
{
	uint64_t events = model->ever.events;

	keep_totals(&model->ever, &model->totals);
	model->ever.events = events;
	tallies_peak(&model->tallies, true);
	model->rising = false;
}

/* To be called before any sum changes in another way than by a rise, and before anybody asks
 * for a peak. */
static inline void model_hold_peak(struct model *model)
{
	if (__builtin_expect(model->rising, 0))
		keep_peak(model);
}

static inline void raise_peak(struct model *model)
{
	struct totals *totals = &model->totals;

	if (totals->current <= totals->peak)
		return;
	totals->peak = totals->current;
	tallies_peak(&model->tallies, totals->peak > totals->peak_ever);
	if (totals->peak > totals->peak_ever) {
		totals->peak_ever = totals->peak;
		keep_totals(&model->ever, totals);
	}
}

#endif
