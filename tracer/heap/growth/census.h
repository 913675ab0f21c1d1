/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_GROWTH_CENSUS_H
#define TRACER_HEAP_GROWTH_CENSUS_H
/*
 * What was alive of which births, census after census.  A birth's time is a tick; ticks
 * between two censuses are one column.  Of each tally only what changed is kept:
 *
 *	            column 0   1   2   3
 *	census 0       900
 *	census 1         .   80
 *	census 2       500    .  80            900 of column 0 became 500
 *	census 3         .    .   .  80        a leak adds one cell to each census
 *
 * At CENSUS_MAX censuses every other one is forgotten and they come half as often;
 * columns stay as they are, so an old birth is known as finely as it ever was.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/growth/growth.h"

#define CENSUS_MAX 80u                  /* kept; never fewer than half once there were so many */

struct census;

/* NULL: out of memory. */
struct census *census_new(void);
/* NULL is allowed. */
void census_free(struct census *census);

/* It is `tick` now, in seconds since the run began (so is a birth's), and the process had
 * so many events in all.  To be called once in a tick at least, while a census goes on
 * too; a tick without events does not count. */
void census_pass(struct census *census, uint32_t tick, uint64_t events);
/* Is a census due, by the ticks that passed since the last one began? */
bool census_due(const struct census *census);
/* A census of all blocks begins; census_count tells each (or many of one tally and
 * birth at once), census_live each tally; census_end is behind the last.
 * Births of `tick` itself, or later, are of the column that only the next census closes.
 * Only in between may memory be wanting: then the figures of some tallies lack. */
void census_begin(struct census *census, uint32_t tick, uint64_t events);
void census_count(struct census *census, uint32_t tally, uint32_t birth, uint64_t bytes,
		  uint64_t blocks);
/* All that a tally has at one time.  A walk over many blocks takes longer than what
 * comes and goes: what it finds of a sawtooth is the same each time. */
void census_live(struct census *census, uint32_t tally, uint64_t bytes, uint64_t blocks);
void census_end(struct census *census);
/* A module was loaded, or forgotten figures begin anew: what was before is warm-up. */
void census_warm(struct census *census, uint32_t tick);

/* The axis of curves as of the last census; false: there was none. */
bool census_axis(const struct census *census, struct growth_axis *axis);
/* Adds a tally's curve.  False: it has none. */
bool census_curve(const struct census *census, uint32_t tally, struct growth_curve *curve);

#endif
