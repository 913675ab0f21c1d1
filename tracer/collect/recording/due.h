/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_DUE_H
#define TRACER_COLLECT_RECORDING_DUE_H
/* When something is due, by the monotonic clock. */
#include <stdbool.h>
#include <time.h>

static inline bool due_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* The time that lies this far ahead. */
static inline struct timespec due_after(long ns)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_nsec += ns;
	if (time.tv_nsec >= 1000000000) {
		time.tv_sec++;
		time.tv_nsec -= 1000000000;
	}
	return time;
}

#endif
