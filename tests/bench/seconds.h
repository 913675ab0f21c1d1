/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BENCH_SECONDS_H
#define BENCH_SECONDS_H
#include <time.h>

/* By CLOCK_MONOTONIC; or of this thread or process alone, CLOCK_THREAD_CPUTIME_ID or
 * CLOCK_PROCESS_CPUTIME_ID: what others do on the machine is not counted then. */
static inline double bench_seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif
