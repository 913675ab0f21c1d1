/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_CEILING_FORECAST_H
#define TRACER_COLLECT_CEILING_FORECAST_H
/*
 * When will it be full?  A series of figures over the run, coarser as it grows longer, and a
 * range for the time at which it reaches a ceiling, where growth is steady; else nothing.
 * The rules, and what they make of sawtooths and caches, are in share/doc/LIMITS.md.
 * Slopes: Theil 1950 and Sen 1968, as in heap/growth/trend.h.  Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORECAST_PARTS 240u             /* stretches of time that are kept */
#define FORECAST_LEAST 12.0             /* seconds seen before anything is said */
#define FORECAST_REACH 10.0             /* times as far as what was seen */

/* A stretch of time; two that follow each other become one without loss of what
 * matters. */
struct forecast_part {
	double time;                    /* of its last figure */
	double last, low, high;
	double drop;                    /* the most that it fell by within */
};

/* On a zeroed struct. */
struct forecast {
	struct forecast_part parts[FORECAST_PARTS];
	size_t length;
	unsigned each;                  /* figures in a part; 0: 1 */
	unsigned filled;                /* figures in the last one */
	double began;
};

/* A figure at a time (seconds), which is behind all before.  Memory does not grow. */
void forecast_add(struct forecast *forecast, double time, uint64_t figure);
/* Between which times it will be at `bytes`: growing as fast as it may, and as slowly.
 * False: nothing can be said.  What is full already is so now. */
bool forecast_range(const struct forecast *forecast, uint64_t bytes, double *earliest,
		    double *latest);

#endif
