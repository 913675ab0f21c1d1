/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_GROWTH_CENSUS_H
#define TRACER_HEAP_GROWTH_CENSUS_H
/*
 * What was alive of which births, census after census.  A birth's time is a tick; the
 * ticks between two censuses are one column.  For each tally only changes are kept:
 *
 *	            column 0   1   2   3
 *	census 0       900
 *	census 1         .   80
 *	census 2       500    .  80            900 of column 0 became 500
 *	census 3         .    .   .  80        a leak adds one cell to each census
 *
 * At CENSUS_MAX censuses every other one is forgotten, and from then on they are made
 * half as often; columns stay as they are, so old births are known as finely as ever.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/growth/growth.h"

#define CENSUS_MAX 80u                  /* that are kept; at least half of it, once it was
					 * reached */

struct census;

/* NULL: out of memory. */
struct census *census_new(void);
/* NULL is allowed. */
void census_free(struct census *census);

/* Passes the time: it is `tick` now, in seconds since the run began (as births are), and
 * the process had so many events in all.  To be called at least once in a tick, also
 * during a census; ticks without events are not counted. */
void census_pass(struct census *census, uint32_t tick, uint64_t events);
/* Whether a census is due, by the ticks that have passed since the last one began. */
bool census_due(const struct census *census);
/* A census of all blocks: census_begin, then census_count for each block (or for
 * several of the same tally and birth at once) and census_live for each tally, then
 * census_end.  Births at `tick` or later belong to the column that the next census
 * closes.  Memory is allocated in between alone; if there is none, the figures of some
 * tallies are missing. */
void census_begin(struct census *census, uint32_t tick, uint64_t events);
void census_count(struct census *census, uint32_t tally, uint32_t birth, uint64_t bytes,
		  uint64_t blocks);
/* Fetch what census_count will need of a tally into the caches: the first for several
 * tallies, then the second for the same ones. */
void census_fetch(const struct census *census, uint32_t tally);
void census_fetch_counts(const struct census *census, uint32_t tally);
/* All that a tally holds at one instant.  During a walk over many blocks some come and
 * go, but this figure of a row that rises and falls is consistent. */
void census_live(struct census *census, uint32_t tally, uint64_t bytes, uint64_t blocks);
void census_end(struct census *census);
/* A module was loaded, or figures were reset: all growth until now is warm-up. */
void census_warm(struct census *census, uint32_t tick);

/* The axis of curves, as of the last census.  False: there was none. */
bool census_axis(const struct census *census, struct growth_axis *axis);
/* Adds a tally's curve to *curve.  False: it has none. */
bool census_curve(const struct census *census, uint32_t tally, struct growth_curve *curve);

#endif
