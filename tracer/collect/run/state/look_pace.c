/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/run/state/look_pace.h"

#include <stdlib.h>
#include <unistd.h>

/* Measured: CPU seconds for each block, with graph, types, ways and pages (0.9 s for 1 M
 * blocks of 88 bytes with two pointers, 2.9 s for 3 M), and seconds for each byte read.
 * Python objects take twice as long, which the first look at them teaches. */
#define SECONDS_A_BLOCK 0.9e-6
#define SECONDS_A_BYTE 0.4e-9
/* What it retains takes as long again as all else (1.9 s for 1 M blocks, 6.4 s for 3 M). */
#define RETAINED_TIMES 2.0
#define LEARNED_FROM 0.02               /* seconds of work; less is mostly waiting */
#define FACTOR_MOST 50.0                /* a look that took longer was held up */

static double work_of(const struct look_size *size)
{
	double work = (double)size->blocks * SECONDS_A_BLOCK +
		      (double)size->bytes * SECONDS_A_BYTE;

	return size->retained ? work * RETAINED_TIMES : work;
}

/* How many times as long as alone one more thread takes, if all who want to run get the
 * same share of the processors. */
static double factor_of_load(void)
{
	double load, processors = (double)sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < 1 || getloadavg(&load, 1) != 1 || load + 1 <= processors)
		return 1;
	return (load + 1) / processors;
}

double look_pace_estimate(const struct look_pace *pace, const struct look_size *size)
{
	double factor = pace->factor;

	return work_of(size) * (factor > 0 ? factor : factor_of_load());
}

void look_pace_learn(struct look_pace *pace, const struct look_size *size, double seconds)
{
	double work = work_of(size);

	if (work >= LEARNED_FROM && seconds > 0)
		pace->factor = seconds < work * FACTOR_MOST ? seconds / work : FACTOR_MOST;
}
