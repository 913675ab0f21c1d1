/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_LOOK_PACE_H
#define TRACER_COLLECT_RUN_STATE_LOOK_PACE_H
/*
 * How long a look at a heap will take.  What the work costs an idle machine is known by
 * measurement; how much longer it takes here is learned from the last look.  Before the
 * first one, the machine's load tells how many others want its processors.
 *
 * The looks' thread learns, and any thread may ask.
 */
#include <stdbool.h>
#include <stdint.h>

struct look_pace {
	/* Seconds that the last look took for each that it would have taken on an idle
	 * machine; 0: none has been measured. */
	_Atomic double factor;
};

/* The heap that is looked at. */
struct look_size {
	uint64_t blocks, bytes;         /* live ones, of all processes that are looked at */
	bool retained;                  /* the dominator tree is made too */
};

/* In seconds. */
double look_pace_estimate(const struct look_pace *pace, const struct look_size *size);
/* Learns from a look that took so many seconds. */
void look_pace_learn(struct look_pace *pace, const struct look_size *size, double seconds);

#endif
