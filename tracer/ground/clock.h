/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_CLOCK_H
#define TRACER_GROUND_CLOCK_H
/* The time since some moment before the program began: it never goes back, and what
 * it counts from has no meaning. */
#include <stdint.h>
#include <time.h>

static inline uint64_t clock_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline int64_t clock_milliseconds(void)
{
	return (int64_t)(clock_nanoseconds() / 1000000u);
}

static inline double clock_seconds(void)
{
	return (double)clock_nanoseconds() / 1e9;
}

#endif
