/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_GROWTH_CENSUS_PARTS_H
#define TRACER_HEAP_GROWTH_CENSUS_PARTS_H
/* The inside of a census: census.c counts, curve.c reads. */
#include "tracer/heap/growth/census.h"

#define CENSUS_LIVE UINT16_MAX          /* in place of a column: all that a tally has
					 * (census_live) */

/* From this census on the column holds so much. */
struct census_cell {
	uint16_t census, column;
	float bytes, blocks;
};

/* A column in which a tally has blocks: its figures as last kept, and as counted now. */
struct census_count {
	uint16_t column;
	float bytes, blocks;
	uint64_t sum_bytes, sum_blocks;
};

struct census_trail {
	struct census_cell *cells;      /* ordered by census */
	struct census_count *counts;    /* ordered by column */
	uint32_t length, room;
	uint32_t counts_length, counts_room;
};

/* A census whose figures are kept. */
struct census_mark {
	uint16_t number;                /* its number among all censuses that there
					 * were */
	uint32_t tick;                  /* births before this tick were counted */
	uint64_t events;
};

/* Which marks are at the ends of a window's slices; `there`: there are enough of them. */
struct census_plan {
	bool there;
	uint8_t at[GROWTH_SLICES + 1];
};

struct census {
	struct census_trail *trails;    /* by tally */
	size_t trails_length, trails_room;
	uint32_t *ends;                 /* by column: the first tick after it */
	size_t ends_length, ends_room;
	struct census_mark marks[CENSUS_MAX];
	unsigned marks_length;
	uint32_t tick;                  /* of the census that is being made */
	uint64_t events;
	uint16_t number;
	uint32_t column;                /* of the birth that was looked up last */
	unsigned gap, active;           /* ticks with events: between two censuses, and so
					 * far */
	uint32_t seen_tick, warm;
	uint64_t seen_events;
	uint64_t bytes;                 /* for all trails */
	bool full;                      /* out of memory: nothing more is kept */
	struct census_plan plans[GROWTH_WINDOWS];
	struct growth_axis axis;
	float *values[2];               /* by column, while a curve is read; 0 at other
					 * times */
	uint16_t *touched;
	size_t values_room;
};

/* Places the windows on the marks, after each census. */
void census_plan(struct census *census);

/* The tick at which a column begins. */
static inline uint32_t census_start(const struct census *census, uint32_t column)
{
	return column ? census->ends[column - 1] : 0;
}

/* The first tick after a column; of the open one, the first that no census has seen. */
static inline uint32_t census_stop(const struct census *census, uint32_t column)
{
	return column < census->ends_length ? census->ends[column] : census->tick + 1;
}

#endif
