/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The curve of `current` over the whole run, with its scale at the right and,
 * where it is tall enough, a line of marks under it: the numbers of snapshots,
 * ^ for the peak, ! for the user's own marks.  While the target runs both
 * scales go up by steps, so that what was drawn stays where it is: a curve that
 * moves all the time is hard to read, and many bytes for a slow line.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "tui/screens/screens.h"
#include "views/format/format.h"
#include "views/format/meter.h"

#define LEGEND 12u                      /* cells at the right for the scale */

static double span_end(double now, const struct point *points, size_t length)
{
	double end = length && points[length - 1].time > now ? points[length - 1].time : now;
	return end > 0 ? end : 1;
}

/* The span of a live run: cells of a round number of seconds, ten sizes a decade,
 * so that at least four fifths of them are in use. */
static double step_seconds(double end, unsigned cells)
{
	static const double steps[] = {1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.4, 8, 10};
	double least = end / cells, decade = pow(10, floor(log10(least)));
	size_t i = 0;
	while (i + 1 < sizeof steps / sizeof *steps && steps[i] * decade < least)
		i++;
	return steps[i] * decade * cells;
}

/* The top of a live curve: eight sizes from one power of two to the next. */
static double step_bytes(double top)
{
	double step = top > 8 ? exp2(floor(log2(top)) - 3) : 1;
	return ceil(top / step) * step;
}

/* Whether nothing stands there yet, nor in the cell before or behind. */
static bool timeline_is_free(const struct canvas *canvas, unsigned x, unsigned y,
			     unsigned cells)
{
	for (unsigned i = x ? x - 1 : 0; i <= x + cells; i++) {
		const struct cell *cell = canvas_cell(canvas, i, y);
		if (cell && strcmp(cell->text, " "))
			return false;
	}
	return true;
}

static void put_free(struct canvas *canvas, unsigned x, unsigned y, uint32_t style,
		     const char *mark)
{
	const struct cell *cell = canvas_cell(canvas, x, y);
	if (cell && !strcmp(cell->text, " "))
		canvas_put(canvas, x, y, 1, style, mark);
}

static void draw_marks(const struct context *context, const struct meter_span *span,
		       const double *values, double highest, struct canvas *canvas,
		       unsigned x, unsigned y)
{
	char text[16];
	/* Numbers that run into each other would be others: the newest stay. */
	for (size_t i = context->moments_length; i-- > 0;) {
		int cell = meter_cell(span, context->moments[i].time);
		if (!context->moments[i].number || cell < 0)
			continue;
		unsigned at = x + (unsigned)cell;
		unsigned length = (unsigned)snprintf(text, sizeof text, "%u",
						     context->moments[i].number);
		if (timeline_is_free(canvas, at, y, length))
			canvas_put(canvas, at, y, length, STYLE_MARK, text);
	}
	for (unsigned i = 0; i < span->cells && highest > 0; i++)
		if (values[i] >= highest) {
			put_free(canvas, x + i, y, STYLE_MARK, "^");
			break;
		}
	for (size_t i = context->marks_length; i-- > 0;) {
		int cell = meter_cell(span, context->marks[i].time);
		if (cell >= 0)
			put_free(canvas, x + (unsigned)cell, y, STYLE_WARNING, "!");
	}
}

static void draw_scale(double top, double end, struct canvas *canvas, struct area area)
{
	char text[FORMAT_MAX];
	format_size(top, false, text);
	canvas_put_right(canvas, area.x, area.y, area.width, STYLE_DIM, text);
	format_clock(end, text);
	if (area.height > 1)
		canvas_put_right(canvas, area.x, area.y + area.height - 1, area.width,
				 STYLE_DIM, text);
}

/* The curve's values up to `end`, in seconds; the highest of them. */
static double sample(const struct context *context, const struct meter_span *span,
		     double end, double *values)
{
	bool live = context->gauges.live;
	double highest =
		meter_resample(context->points, context->points_length, span, values);
	int now = live ? meter_cell(span, end) : -1;
	for (unsigned i = (unsigned)(now + 1); now >= 0 && i < span->cells; i++)
		values[i] = 0;          /* yet to come */
	/* Points lag behind: the end of the curve is what the gauge says. */
	double current = (double)context->gauges.totals.current;
	if (now >= 0 && !context->frozen && current > values[now])
		values[now] = current;
	return now >= 0 && !context->frozen && current > highest ? current : highest;
}

void timeline_draw(const struct context *context, struct canvas *canvas, struct area area)
{
	double values[CANVAS_LIMIT];
	char line[METER_BYTES(CANVAS_LIMIT)];
	bool live = context->gauges.live;
	if (!area.height || area.width < LEGEND + 10)
		return;
	if (context->process != 1) {
		canvas_put(canvas, area.x + 2, area.y + area.height / 2, area.width - 2, STYLE_DIM,
			   "(the curve is kept of the first process alone)");
		return;
	}
	double end = span_end(context->gauges.seconds, context->points, context->points_length);
	struct meter_span span = {0, end, area.width - LEGEND - 2};
	if (live)
		span.to = step_seconds(span.to, span.cells);
	double highest = sample(context, &span, end, values);
	double top = live ? step_bytes(highest) : highest;
	unsigned rows = area.height > 1 ? area.height - 1 : 1;
	for (unsigned i = 0; i < rows; i++) {
		meter_curve(values, span.cells, top, rows - 1 - i, rows, context->ascii,
			    line, sizeof line);
		canvas_put(canvas, area.x + 1, area.y + i, span.cells, STYLE_BAR, line);
	}
	if (area.height > 1)
		draw_marks(context, &span, values, highest, canvas, area.x + 1,
			   area.y + rows);
	draw_scale(top, span.to, canvas,
		   (struct area){area.x + area.width - LEGEND, area.y, LEGEND - 1,
				 area.height});
}
