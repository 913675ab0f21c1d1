/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The curve of `current` over the whole run, with the highest value at its
 * right and, where it is tall enough, a line of marks under it: the numbers of
 * snapshots, ^ for the peak, ! for the user's own marks.
 */
#include <stdio.h>
#include <string.h>
#include "tui/screens/screens.h"
#include "views/format.h"
#include "views/meter.h"

#define LEGEND 12u                      /* cells at the right for the scale */

static double span_end(const struct context *context)
{
	double end = context->gauges.seconds;
	if (context->points_length &&
	    context->points[context->points_length - 1].time > end)
		end = context->points[context->points_length - 1].time;
	return end > 0 ? end : 1;
}

/* Whether nothing stands there yet, nor in the cell before or behind. */
static bool is_free(const struct canvas *canvas, unsigned x, unsigned y, unsigned cells)
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
		       const double *values, double top, struct canvas *canvas,
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
		if (is_free(canvas, at, y, length))
			canvas_put(canvas, at, y, length, STYLE_MARK, text);
	}
	for (unsigned i = 0; i < span->cells && top > 0; i++)
		if (values[i] >= top) {
			put_free(canvas, x + i, y, STYLE_MARK, "^");
			break;
		}
	for (size_t i = context->marks_length; i-- > 0;) {
		int cell = meter_cell(span, context->marks[i].time);
		if (cell >= 0)
			put_free(canvas, x + (unsigned)cell, y, STYLE_WARNING, "!");
	}
}

static void draw_scale(const struct context *context, double top, struct canvas *canvas,
		       struct area area)
{
	char text[FORMAT_MAX];
	format_size(top, false, text);
	canvas_put_right(canvas, area.x, area.y, area.width, STYLE_DIM, text);
	format_clock(context->gauges.seconds, text);
	if (area.height > 1)
		canvas_put_right(canvas, area.x, area.y + area.height - 1, area.width,
				 STYLE_DIM, text);
}

void timeline_draw(const struct context *context, struct canvas *canvas, struct area area)
{
	double values[CANVAS_LIMIT];
	char line[METER_BYTES(CANVAS_LIMIT)];
	if (!area.height || area.width < LEGEND + 10)
		return;
	struct meter_span span = {0, span_end(context), area.width - LEGEND - 2};
	double top =
		meter_resample(context->points, context->points_length, &span, values);
	/* Points lag behind: the end of the curve is what the gauge says. */
	double current = (double)context->gauges.totals.current;
	if (context->gauges.live && !context->frozen && current > values[span.cells - 1])
		values[span.cells - 1] = current;
	top = current > top && context->gauges.live && !context->frozen ? current : top;
	unsigned rows = area.height > 1 ? area.height - 1 : 1;
	for (unsigned i = 0; i < rows; i++) {
		meter_curve(values, span.cells, top, rows - 1 - i, rows, context->ascii,
			    line, sizeof line);
		canvas_put(canvas, area.x + 1, area.y + i, span.cells, STYLE_BAR, line);
	}
	if (area.height > 1)
		draw_marks(context, &span, values, top, canvas, area.x + 1,
			   area.y + rows);
	draw_scale(context, top, canvas,
		   (struct area){area.x + area.width - LEGEND, area.y, LEGEND - 1,
				 area.height});
}
