/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_HURRY_H
#define TRACER_GROUND_HURRY_H
/*
 * While another process's thread stands still for ours, ours comes before the machine's
 * ordinary work (sched(7), SCHED_RR): on a busy one it would wait for its turn at each step,
 * and the other thread with it.  Where the user may not have that, nothing changes.
 */
#include <sched.h>
#include <stdbool.h>

struct hurry {
	int policy;                     /* what this thread had before */
	bool on;
};

static inline struct hurry hurry_begin(void)
{
	const struct sched_param first = { .sched_priority = 1 };
	struct hurry hurry = { .policy = sched_getscheduler(0) };
	int plain = hurry.policy & ~SCHED_RESET_ON_FORK;
	bool ordinary = plain == SCHED_OTHER || plain == SCHED_BATCH || plain == SCHED_IDLE;

	hurry.on = ordinary &&
		   sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &first) == 0;
	return hurry;
}

/* By the same thread, once for each beginning. */
static inline void hurry_end(struct hurry *hurry)
{
	const struct sched_param none = { 0 };

	/* Without CAP_SYS_NICE the flag can't be given back, and stays. */
	if (hurry->on && sched_setscheduler(0, hurry->policy, &none) != 0)
		sched_setscheduler(0, hurry->policy | SCHED_RESET_ON_FORK, &none);
	hurry->on = false;
}

#endif
