/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which stretch of the run is shown, and which time a cell stands for. */
#include <math.h>
#include "tui/timeline/parts.h"

#define ZOOM_STEP 4.0                   /* zooming in shows a quarter */
#define ZOOM_LEAST 4.0                  /* seconds, since there is one tick a second */

/* A run without length counts as one second long. */
static double series_end(const struct timeline *timeline)
{
	size_t length = timeline->series_length;
	double end = timeline->now;
	if (length && timeline->series[length - 1].time > end)
		end = timeline->series[length - 1].time;
	return end > 0 ? end : 1;
}

/* Rounds up to a multiple of a power of two that is at most a quarter of a cell. */
static double round_up(double end, double cell)
{
	double step = exp2(floor(log2(cell / 4)));
	return ceil(end / step) * step;
}

struct meter_span timeline_span(const struct timeline *timeline, unsigned cells)
{
	double end = series_end(timeline);
	double width = timeline->zoom > 0 && timeline->zoom < end ? timeline->zoom : end;
	if (width < end && timeline->zoom_from >= 0)
		return (struct meter_span){timeline->zoom_from, timeline->zoom_from + width, cells};
	if (timeline->live && cells)
		end = round_up(end, width / cells);
	return (struct meter_span){width < series_end(timeline) ? end - width : 0, end, cells};
}

unsigned timeline_cells(unsigned width)
{
	return width < TIMELINE_LEGEND + 10 ? 0 : width - TIMELINE_LEGEND - 2;
}

bool timeline_times(const struct timeline *timeline, unsigned width, unsigned x, double *from,
		    double *to)
{
	unsigned cells = timeline_cells(width);
	if (!cells)
		return false;
	struct meter_span span = timeline_span(timeline, cells);
	double cell = (span.to - span.from) / cells;
	unsigned at = x ? x - 1 : 0;
	at = at < cells ? at : cells - 1;
	*from = span.from + at * cell;
	*to = at + 1 == cells ? span.to : span.from + (at + 1) * cell;
	return true;
}

void timeline_zoom(struct timeline *timeline, double seconds)
{
	double end = series_end(timeline);
	timeline->zoom = seconds >= end ? 0 : seconds;
	timeline->zoom_from = -1;
	if (!timeline->zoom || !timeline->cursor.set)
		return;
	double from = timeline->cursor.time - seconds / 2;
	timeline->zoom_from = from < 0 ? 0 : from > end - seconds ? end - seconds : from;
}

bool timeline_zoom_in(struct timeline *timeline)
{
	double shown = timeline->zoom > 0 ? timeline->zoom : series_end(timeline);
	if (shown <= ZOOM_LEAST)
		return false;
	timeline_zoom(timeline, fmax(shown / ZOOM_STEP, ZOOM_LEAST));
	return true;
}

void timeline_reveal(struct timeline *timeline, double time)
{
	double width = timeline->zoom, end = series_end(timeline);
	double from = timeline->zoom_from >= 0 ? timeline->zoom_from : end - width;
	if (width <= 0 || (time >= from && time <= from + width))
		return;
	/* Leaves some room ahead of a cursor that walks, so that the picture does not
	 * move at each step. */
	from = time < from ? time - width * 3 / 4 : time - width / 4;
	timeline->zoom_from = from < 0 ? 0 : from > end - width ? end - width : from;
}

#define FLAT_FROM 30.0                  /* seconds */
#define FLAT_LEAST 65536.0              /* bytes of growth that are worth mentioning */
#define FLAT_PART 20.0                  /* the last third may grow by this part of it */

bool timeline_flattened(const struct timeline *timeline)
{
	double from = timeline->now * 2 / 3, before = 0, least = INFINITY, most = 0;
	for (size_t i = 0; i < timeline->series_length; i++) {
		double current = (double)timeline->series[i].current;
		if (timeline->series[i].time <= from)
			before = current;
		else
			most = current > most ? current : most;
		if (timeline->series[i].time > from)
			least = current < least ? current : least;
	}
	double moved = (most > before ? most : before) - (least < before ? least : before);
	return timeline->now >= FLAT_FROM && before >= FLAT_LEAST && most > 0 &&
	       moved < before / FLAT_PART;
}
