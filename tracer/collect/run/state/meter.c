/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures last measured, and what the next ones are compared with. */
#include "tracer/collect/run/state/meter.h"

#include <pthread.h>
#include <stdlib.h>

#define GAUGES_EVERY 0.2                /* seconds; a tick of the door is longer */
#define GAUGES_SHARE 100.0              /* times what reading them costs ... */
#define GAUGES_MOST 2.0                 /* ... but RSS never stands still for longer */

struct meter {
	pthread_mutex_t lock;           /* around all below */
	struct meter_figures figures;
	double next_gauges;
	struct totals before;           /* a second ago, for the rates */
	double before_time;
};

struct meter *meter_new(void)
{
	struct meter *meter = calloc(1, sizeof(*meter));

	if (meter)
		pthread_mutex_init(&meter->lock, NULL);
	return meter;
}

void meter_free(struct meter *meter)
{
	if (meter)
		pthread_mutex_destroy(&meter->lock);
	free(meter);
}

void meter_read(struct meter *meter, struct meter_figures *figures)
{
	pthread_mutex_lock(&meter->lock);
	*figures = meter->figures;
	pthread_mutex_unlock(&meter->lock);
}

bool meter_gauges_due(struct meter *meter, double now)
{
	pthread_mutex_lock(&meter->lock);
	bool due = now >= meter->next_gauges || meter->figures.gauges.rss == 0;
	pthread_mutex_unlock(&meter->lock);
	return due;
}

void meter_gauges(struct meter *meter, double now, const struct gauges *gauges,
		  uint64_t current)
{
	double pause = gauges->cost * GAUGES_SHARE;

	if (pause < GAUGES_EVERY)
		pause = GAUGES_EVERY;
	if (pause > GAUGES_MOST)
		pause = GAUGES_MOST;
	pthread_mutex_lock(&meter->lock);
	meter->figures.gauges = *gauges;
	meter->figures.current = current;
	meter->next_gauges = now + pause;
	pthread_mutex_unlock(&meter->lock);
}

bool meter_second_due(struct meter *meter, double now)
{
	pthread_mutex_lock(&meter->lock);
	bool due = now - meter->before_time >= 1;
	pthread_mutex_unlock(&meter->lock);
	return due;
}

static double rate(uint64_t now, uint64_t before, double span)
{
	return now < before ? 0 : (double)(now - before) / span;
}

void meter_second(struct meter *meter, double now, const struct totals *totals)
{
	pthread_mutex_lock(&meter->lock);
	struct meter_figures *figures = &meter->figures;
	double span = now - meter->before_time;
	if (span > 0) {
		figures->alloc_rate = rate(totals->allocations,
					   meter->before.allocations, span);
		figures->free_rate = rate(totals->frees, meter->before.frees, span);
	}
	meter->before = *totals;
	meter->before_time = now;
	pthread_mutex_unlock(&meter->lock);
}

void meter_still(struct meter *meter)
{
	pthread_mutex_lock(&meter->lock);
	meter->figures.alloc_rate = meter->figures.free_rate = 0;
	pthread_mutex_unlock(&meter->lock);
}
