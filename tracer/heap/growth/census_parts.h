/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_GROWTH_CENSUS_PARTS_H
#define TRACER_HEAP_GROWTH_CENSUS_PARTS_H
/* The inside of a census: census.c counts, curve.c reads. */
#include "tracer/heap/growth/census.h"

#define CENSUS_LIVE UINT16_MAX          /* no column: all that a tally has (census_live) */

/* From this census on so much of that column is there. */
struct census_cell {
	uint16_t census, column;
	float bytes, blocks;
};

/* A column that a tally has blocks of: as it was told last, and as it is counted. */
struct census_count {
	uint16_t column;
	float bytes, blocks;
	uint64_t sum_bytes, sum_blocks;
};

struct census_trail {
	struct census_cell *cells;      /* by census, */
	struct census_count *counts;    /* and by column */
	uint32_t length, room;
	uint32_t counts_length, counts_room;
};

/* A census that is kept. */
struct census_mark {
	uint16_t number;                /* of all that there ever were */
	uint32_t tick;                  /* births before it were counted */
	uint64_t events;
};

/* Of a window: the marks at its slices' ends; `there`: it has that many. */
struct census_plan {
	bool there;
	uint8_t at[GROWTH_SLICES + 1];
};

struct census {
	struct census_trail *trails;    /* by tally */
	size_t trails_length, trails_room;
	uint32_t *ends;                 /* of columns: the first tick behind each */
	size_t ends_length, ends_room;
	struct census_mark marks[CENSUS_MAX];
	unsigned marks_length;
	uint32_t tick;                  /* of the census that goes on */
	uint64_t events;
	uint16_t number;
	uint32_t column;                /* of the last birth that was looked up */
	unsigned gap, active;           /* ticks with events between two censuses; so far */
	uint32_t seen_tick, warm;
	uint64_t seen_events;
	uint64_t bytes;                 /* of all trails */
	bool full;                      /* no more: memory */
	struct census_plan plans[GROWTH_WINDOWS];
	struct growth_axis axis;
	float *values[2];               /* by column, while a curve is read; 0 in between */
	uint16_t *touched;
	size_t values_room;
};

/* Lays the windows over the marks, after each census. */
void census_plan(struct census *census);

/* The tick at which a column begins. */
static inline uint32_t census_start(const struct census *census, uint32_t column)
{
	return column ? census->ends[column - 1] : 0;
}

/* The first tick behind a column; of the open one the first that nobody has seen. */
static inline uint32_t census_stop(const struct census *census, uint32_t column)
{
	return column < census->ends_length ? census->ends[column] : census->tick + 1;
}

#endif
