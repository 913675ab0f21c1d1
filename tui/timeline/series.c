/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points are taken several times a second and thinned as the run gets longer; ticks also
 * exist for processes that were not shown.  Both describe the same curve. */
#include "tui/timeline/series.h"
#include "tracer/ground/array.h"

bool series_merge(struct series *series, const struct point *points, size_t points_length,
		  const struct tick *ticks, size_t ticks_length)
{
	size_t point = 0, tick = 0, n = 0;
	if (!array_grow(&series->of, &series->room, points_length + ticks_length,
			sizeof *series->of))
		return false;
	while (point < points_length || tick < ticks_length) {
		bool first = point < points_length &&
			     (tick == ticks_length || points[point].time <= ticks[tick].time);
		if (first) {
			series->of[n++] = points[point++];
			continue;
		}
		series->of[n++] = (struct point){
			.time = ticks[tick].time,
			.current = ticks[tick].current,
			.peak = ticks[tick].peak,
			.rss = point ? points[point - 1].rss : 0,
			.blocks = ticks[tick].blocks,
			.allocations = ticks[tick].allocations,
		};
		tick++;
	}
	series->length = n;
	return true;
}

double series_rss(const struct point *points, size_t length, const struct meter_span *span,
		  double *values)
{
	double last = 0, highest = 0;
	size_t at = 0;
	while (at < length && points[at].time < span->from)
		last = (double)points[at++].rss;
	for (unsigned cell = 0; cell < span->cells; cell++) {
		values[cell] = last;
		for (; at < length && meter_cell(span, points[at].time) == (int)cell; at++) {
			last = (double)points[at].rss;
			values[cell] = last > values[cell] ? last : values[cell];
		}
		highest = values[cell] > highest ? values[cell] : highest;
	}
	return highest;
}
