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

static void draw_marks(const struct context *context, const struct meter_span *span,
		       const double *values, double top, struct canvas *canvas,
		       unsigned x, unsigned y)
{
	char text[16];
	for (size_t i = 0; i < context->marks_length; i++) {
		int cell = meter_cell(span, context->marks[i].time);
		if (cell >= 0)
			canvas_put(canvas, x + (unsigned)cell, y, 1, STYLE_WARNING, "!");
	}
	for (size_t i = 0; i < context->moments_length; i++) {
		int cell = meter_cell(span, context->moments[i].time);
		if (!context->moments[i].number || cell < 0)
			continue;
		snprintf(text, sizeof text, "%u", context->moments[i].number);
		canvas_put(canvas, x + (unsigned)cell, y, (unsigned)strlen(text),
			   STYLE_MARK, text);
	}
	for (unsigned i = 0; i < span->cells && top > 0; i++)
		if (values[i] >= top) {
			const struct cell *cell = canvas_cell(canvas, x + i, y);
			if (cell && !strcmp(cell->text, " "))
				canvas_put(canvas, x + i, y, 1, STYLE_MARK, "^");
			break;
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
