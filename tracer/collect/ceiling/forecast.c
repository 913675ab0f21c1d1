/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The series is cut into twelve slices, and the last figure of each is a point.  The
 * longest of three windows that grows steadily decides: all, the last half, the last
 * quarter.  Who ever gave back half of what the window grew by may do so again: a
 * sawtooth is known by its first drop, however long a rise is looked at.
 */
#include "tracer/collect/ceiling/forecast.h"

#include <math.h>
#include <string.h>
#include "tracer/heap/growth/trend.h"

#define SLICES TREND_MAX
#define RISES 9u                        /* of SLICES - 1 steps, at least */
#define GIVEN_BACK 0.5                  /* of the growth in a window: then it is no growth */
#define SLOWER 0.6                      /* slope of the last third over the middle one's:
					 * less, and it is about to stop */
#define WINDOWS 3u

static double larger(double a, double b) { return a > b ? a : b; }
static double smaller(double a, double b) { return a < b ? a : b; }

/* `b` follows `a`. */
static struct forecast_part join(const struct forecast_part *a,
				 const struct forecast_part *b)
{
	return (struct forecast_part){
		.time = b->time,
		.last = b->last,
		.low = smaller(a->low, b->low),
		.high = larger(a->high, b->high),
		.drop = larger(larger(a->drop, b->drop), a->high - b->low),
	};
}

static void halve(struct forecast *forecast)
{
	for (size_t i = 0; i < FORECAST_PARTS / 2; i++)
		forecast->parts[i] = join(&forecast->parts[2 * i],
					  &forecast->parts[2 * i + 1]);
	forecast->length = FORECAST_PARTS / 2;
	forecast->each *= 2;
	forecast->filled = forecast->each;
}

void forecast_add(struct forecast *forecast, double time, uint64_t figure)
{
	double value = (double)figure;
	const struct forecast_part part = { time, value, value, value, 0 };

	if (!forecast->length) {
		forecast->each = 1;
		forecast->began = time;
	}
	if (forecast->length && forecast->filled < forecast->each) {
		struct forecast_part *last = &forecast->parts[forecast->length - 1];

		*last = join(last, &part);
		forecast->filled++;
		return;
	}
	if (forecast->length == FORECAST_PARTS)
		halve(forecast);
	forecast->parts[forecast->length++] = part;
	forecast->filled = 1;
}

/* The most that it ever fell by. */
static double deepest_drop(const struct forecast *forecast)
{
	struct forecast_part all = forecast->parts[0];

	for (size_t i = 1; i < forecast->length; i++)
		all = join(&all, &forecast->parts[i]);
	return all.drop;
}

/* The last figures of slices of a time. */
static void slice(const struct forecast *forecast, double from, double to, double x[SLICES],
		  double y[SLICES])
{
	size_t at = 0;

	for (unsigned i = 0; i < SLICES; i++) {
		double end = from + (to - from) * (i + 1) / SLICES;

		while (at + 1 < forecast->length && forecast->parts[at + 1].time <= end)
			at++;
		x[i] = forecast->parts[at].time;
		y[i] = forecast->parts[at].last;
	}
}

/* Whether twelve points grow steadily; how fast at least and at most, a second. */
static bool is_steady(const double x[SLICES], const double y[SLICES], double drop,
		      struct trend *speed)
{
	const unsigned third = SLICES / 3;
	unsigned rises = 0;

	for (unsigned i = 1; i < SLICES; i++)
		rises += y[i] > y[i - 1];
	if (rises < RISES || drop > GIVEN_BACK * (y[SLICES - 1] - y[0]))
		return false;
	struct trend all = trend_of(x, y, SLICES);
	double middle = trend_of(x + third, y + third, third + 1).slope;
	double last = trend_of(x + 2 * third - 1, y + 2 * third - 1, third + 1).slope;
	if (all.low <= 0 || last <= 0 || last < SLOWER * middle)
		return false;
	/* What it did of late counts as much as what it did on the whole. */
	speed->slope = all.slope;
	speed->low = smaller(all.low, last);
	speed->high = larger(all.high, last);
	return true;
}

/* Whether it grew much faster just before a window that begins at `from`: what fills
 * more and more slowly looks straight in any short one. */
static bool slows_down(const struct forecast *forecast, double from, double span,
		       double slope)
{
	double x[SLICES], y[SLICES];

	if (from - span < forecast->began)
		return false;
	slice(forecast, from - span, from, x, y);
	return slope < SLOWER * trend_of(x, y, SLICES).slope;
}

bool forecast_range(const struct forecast *forecast, uint64_t bytes, double *earliest,
		    double *latest)
{
	if (!forecast->length)
		return false;
	const struct forecast_part *now = &forecast->parts[forecast->length - 1];
	double seen = now->time - forecast->began, left = (double)bytes - now->last;

	if (left <= 0) {
		*earliest = *latest = now->time;
		return true;
	}
	if (seen < FORECAST_LEAST)
		return false;
	double drop = deepest_drop(forecast), x[SLICES], y[SLICES];
	for (unsigned window = 0; window < WINDOWS; window++) {
		double span = seen / (1u << window);
		struct trend speed;

		if (span < FORECAST_LEAST)
			break;
		slice(forecast, now->time - span, now->time, x, y);
		if (!is_steady(x, y, drop, &speed) ||
		    slows_down(forecast, now->time - span, span, speed.slope))
			continue;
		*earliest = now->time + left / speed.high;
		*latest = now->time + left / speed.low;
		return *latest - now->time <= FORECAST_REACH * span;
	}
	return false;
}
