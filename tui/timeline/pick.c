/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds ticks by binary search, and stops one after the other, as there are few. */
#include <math.h>
#include <stdio.h>
#include "tui/timeline/timeline.h"
#include "tracer/ground/bisect.h"

/* How many ticks have a time less than `time`, or with `equal` at most `time`. */
static size_t ticks_below(const struct timeline *timeline, double time, bool equal)
{
	const struct tick *ticks = timeline->ticks;
	size_t at;

	BISECT(at, timeline->ticks_length,
	       ticks[at].time < time || (equal && ticks[at].time == time));
	return at;
}

size_t timeline_tick_at(const struct timeline *timeline, double time)
{
	return ticks_below(timeline, time, true) - 1;
}

size_t timeline_tick_before(const struct timeline *timeline, double time)
{
	return ticks_below(timeline, time, false) - 1;
}

size_t timeline_tick_after(const struct timeline *timeline, double time)
{
	size_t at = ticks_below(timeline, time, true);
	return at < timeline->ticks_length ? at : SIZE_MAX;
}

static bool has_heap(const struct timeline *timeline, const struct timeline_stop *stop)
{
	return timeline->ticks_length || stop->kind != STOP_MARK;
}

const struct timeline_stop *timeline_stop_before(const struct timeline *timeline, double time)
{
	for (size_t i = timeline->stops_length; i-- > 0;)
		if (timeline->stops[i].time < time && has_heap(timeline, &timeline->stops[i]))
			return &timeline->stops[i];
	return NULL;
}

const struct timeline_stop *timeline_stop_after(const struct timeline *timeline, double time)
{
	for (size_t i = 0; i < timeline->stops_length; i++)
		if (timeline->stops[i].time > time && has_heap(timeline, &timeline->stops[i]))
			return &timeline->stops[i];
	return NULL;
}

double timeline_step(const struct timeline *timeline, double from, double to)
{
	size_t at = timeline_tick_at(timeline, from);
	double longest = 0;
	at = at == SIZE_MAX ? 0 : at;
	for (; at + 1 < timeline->ticks_length && timeline->ticks[at].time < to; at++) {
		double step = timeline->ticks[at + 1].time - timeline->ticks[at].time;
		longest = step > longest ? step : longest;
	}
	return longest;
}

/* The largest unit of time that fits at least once. */
static double unit_of(double seconds, const char **name)
{
	static const struct {
		double seconds;
		const char *name;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
	size_t i = 0;
	while (units[i].seconds > 1 && seconds < units[i].seconds)
		i++;
	*name = units[i].name;
	return units[i].seconds;
}

void timeline_step_text(double step, char text[32])
{
	const char *unit;
	double seconds = unit_of(round(step), &unit);
	snprintf(text, 32, "tick %.0f %s", round(step / seconds), unit);
}

void timeline_ago_text(double seconds, char text[32])
{
	const char *unit;
	double whole = floor(fmax(seconds, 0) / unit_of(seconds, &unit));
	snprintf(text, 32, "%s%.0f %s", whole > 0 ? "-" : "", whole, unit);
}

char timeline_letter(size_t at)
{
	at %= 52;
	return (char)(at < 26 ? 'a' + at : 'A' + at - 26);
}
