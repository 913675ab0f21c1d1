/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_METER_H
#define TRACER_COLLECT_RUN_STATE_METER_H
/*
 * What is measured of the first process now and then: its memory as the kernel counts it,
 * and how many blocks a second begin and end.  The door's thread writes, any may read.
 * It has a lock of its own, which is held inside these calls alone.  Times are seconds
 * since the start of the run.
 */
#include <stdbool.h>
#include "tracer/collect/target/gauges.h"
#include "tracer/heap/snapshot.h"

struct meter;

struct meter_figures {
	struct gauges gauges;
	uint64_t current;               /* what was traced when they were read */
	double alloc_rate, free_rate;   /* a second */
};

struct meter *meter_new(void);          /* NULL: out of memory */
void meter_free(struct meter *meter);   /* may be NULL */
void meter_read(struct meter *meter, struct meter_figures *figures);

/* Whether gauges are to be read: five times a second, or as seldom as once in two seconds
 * if reading them would otherwise take more than a hundredth of a core. */
bool meter_gauges_due(struct meter *meter, double now);
/* What was read now, and what was traced at that time. */
void meter_gauges(struct meter *meter, double now, const struct gauges *gauges, uint64_t current);

/* Whether the last totals are a second old. */
bool meter_second_due(struct meter *meter, double now);
/* The totals now: the rates are what came since the last ones, which an exec may have had
 * begin anew (then 0). */
void meter_second(struct meter *meter, double now, const struct totals *totals);
/* Nothing moves any more. */
void meter_still(struct meter *meter);

#endif
