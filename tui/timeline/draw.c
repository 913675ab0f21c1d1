/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The curve with its scale at the right.  From two rows on there is a row of marks under
 * it, and from five another one that says what they mean.  RSS is a shade behind the
 * curve where it is within the picture: if the picture had to contain it, a small heap
 * would be a flat line.  The scale of a live run grows in steps, so that what has been
 * drawn stays where it is.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "tui/timeline/parts.h"
#include "tui/timeline/series.h"
#include "views/format/format.h"

#define RSS_MOST 2.5                    /* times the highest value: RSS up to this is in
					 * the picture */
#define STEP_SAID 1.5                   /* seconds between ticks from which on the step is
					 * shown */
#define FIRST_TICK 3.0                  /* seconds after which a history has its first
					 * tick, if any */

/* Rows of the parts, counted from the top. */
struct rows {
	unsigned curve, stops, key;
};

struct picture {
	const struct timeline *timeline;
	struct canvas *canvas;
	struct area curve;              /* its cells */
	struct meter_span span;
	double values[CANVAS_LIMIT], rss[CANVAS_LIMIT];
	double highest, top;
	bool shaded;                    /* some of RSS is within the picture */
};

unsigned timeline_rows(const struct timeline *timeline, unsigned height)
{
	/* The table keeps five rows, whatever number was asked for. */
	unsigned most = height > 12 ? height - 12 : 0;
	unsigned rows = height >= 50   ? 11
			: height >= 40 ? 8
			: height >= 36 ? 5
			: height >= 22 ? 3
				       : height >= 15;
	if (timeline->rows)
		rows = timeline->rows - 1;
	return rows < most ? rows : most;
}

static struct rows rows_of(unsigned height, bool key)
{
	struct rows rows = {.key = key && height >= 5, .stops = height >= 2};
	rows.curve = height - rows.key - rows.stops;
	return rows;
}

/* The top of a live curve, one of eight sizes between one power of two and the next. */
static double step_bytes(double top)
{
	double step = top > 8 ? exp2(floor(log2(top)) - 3) : 1;
	return ceil(top / step) * step;
}

static void sample(struct picture *picture)
{
	const struct timeline *timeline = picture->timeline;
	const struct meter_span *span = &picture->span;
	picture->highest = meter_resample(timeline->series, timeline->series_length, span,
					  picture->values);
	double rss = series_rss(timeline->series, timeline->series_length, span, picture->rss);
	int now = timeline->live ? meter_cell(span, timeline->now) : -1;
	double current = (double)timeline->current;
	/* Points lag behind, so the end of the curve is taken from the gauge. */
	if (now >= 0 && current > picture->values[now])
		picture->values[now] = current;
	if (now >= 0 && current > picture->highest)
		picture->highest = current;
	picture->top = rss <= RSS_MOST * picture->highest && rss > picture->highest ? rss
										 : picture->highest;
	if (timeline->live)
		picture->top = step_bytes(picture->top);
}

/* The row of the curve, from its top, that a size falls into; the curve's height if it is
 * outside of the picture. */
static unsigned row_of(const struct picture *picture, double bytes)
{
	unsigned rows = picture->curve.height;
	if (picture->top <= 0 || bytes > picture->top)
		return rows;
	unsigned below = (unsigned)(bytes / picture->top * rows);
	return below < rows ? rows - 1 - below : 0;
}

/* Fills blank cells of a column from a row to the bottom, or of a row. */
static void put_blank(const struct picture *picture, unsigned x, unsigned y, uint32_t style,
		      const char *text)
{
	const struct cell *cell = canvas_cell(picture->canvas, picture->curve.x + x,
					      picture->curve.y + y);
	if (cell && !strcmp(cell->text, " "))
		canvas_put(picture->canvas, picture->curve.x + x, picture->curve.y + y, 1, style,
			   text);
}

static void draw_curve(const struct picture *picture)
{
	char line[METER_BYTES(CANVAS_LIMIT)];
	unsigned rows = picture->curve.height;
	for (unsigned i = 0; i < rows; i++) {
		meter_curve(picture->values, picture->span.cells, picture->top, rows - 1 - i, rows,
			    picture->canvas->plain, line, sizeof line);
		canvas_put(picture->canvas, picture->curve.x, picture->curve.y + i,
			   picture->span.cells, STYLE_BAR, line);
	}
}

static void draw_rss(struct picture *picture)
{
	unsigned rows = picture->curve.height;
	bool ascii = picture->canvas->plain;
	for (unsigned x = 0; x < picture->span.cells; x++) {
		unsigned y = row_of(picture, picture->rss[x]);
		if (y == rows || picture->rss[x] <= 0)
			continue;
		picture->shaded = true;
		for (unsigned i = y; i < (ascii ? y + 1 : rows); i++)
			put_blank(picture, x, i, STYLE_DIM, ascii ? "-" : "░");
	}
}

static void draw_ceilings(const struct picture *picture)
{
	const struct timeline *timeline = picture->timeline;
	for (size_t i = 0; i < timeline->ceilings_length; i++) {
		unsigned y = row_of(picture, (double)timeline->ceilings[i].bytes);
		if (y == picture->curve.height)
			continue;
		for (unsigned x = 0; x < picture->span.cells; x++)
			put_blank(picture, x, y, STYLE_WARNING, picture->canvas->plain ? "=" : "╌");
		canvas_printf(picture->canvas, picture->curve.x + 1, picture->curve.y + y,
			      picture->span.cells - 1, STYLE_WARNING, " %s ",
			      timeline->ceilings[i].name);
	}
}

/* A column from the bottom to the top. */
static void draw_place(const struct picture *picture, const struct timeline_place *place,
		       uint32_t style, const char *text)
{
	int cell = place->set ? meter_cell(&picture->span, place->time) : -1;
	if (cell < 0)
		return;
	struct area column = {picture->curve.x + (unsigned)cell, picture->curve.y, 1,
			      picture->curve.height};
	for (unsigned y = 0; y < column.height; y++)
		put_blank(picture, (unsigned)cell, y, style, text);
	canvas_restyle(picture->canvas, column, style);
}

/* Highlights the cells from one place to the other. */
static void draw_between(const struct picture *picture, const struct timeline_place *one,
			 double other)
{
	const struct meter_span *span = &picture->span;
	double from = one->time < other ? one->time : other, to = one->time < other ? other : one->time;
	if (!one->set || to < span->from || from > span->to)
		return;
	unsigned first = (unsigned)meter_cell(span, from < span->from ? span->from : from);
	unsigned last = (unsigned)meter_cell(span, to > span->to ? span->to : to);
	canvas_restyle(picture->canvas,
		       (struct area){picture->curve.x + first, picture->curve.y, last - first + 1,
				     picture->curve.height},
		       STYLE_HOT);
}

static void draw_places(const struct picture *picture)
{
	const struct timeline *timeline = picture->timeline;
	bool ascii = picture->canvas->plain;
	double cursor = timeline->cursor.set ? timeline->cursor.time : timeline->now;
	draw_between(picture, timeline->drag.set ? &timeline->drag : &timeline->anchor, cursor);
	draw_place(picture, timeline->drag.set ? &timeline->drag : &timeline->anchor, STYLE_MARK,
		   ascii ? ":" : "┊");
	draw_place(picture, &timeline->cursor, STYLE_SELECTED, ascii ? "|" : "│");
}

/* "tick 10 s": the distance between the ticks that are shown, if it is more than a
 * second. */
static void step_text(const struct picture *picture, bool wide, char text[FORMAT_MAX])
{
	double step = timeline_step(picture->timeline, picture->span.from, picture->span.to);
	text[0] = 0;
	if (wide && !picture->timeline->ticks_length && picture->timeline->now >= FIRST_TICK)
		snprintf(text, FORMAT_MAX, "no history");
	else if (step >= STEP_SAID)
		timeline_step_text(step, text);
}

/* Draws the scale: the highest size, what the shade is, how fine the history is, and the
 * times. */
static void draw_scale(const struct picture *picture, struct area area)
{
	const struct timeline *timeline = picture->timeline;
	char lines[5][FORMAT_MAX + 8] = {""};
	unsigned n = 0;
	format_size(picture->top, false, lines[n++]);
	bool zoomed = picture->span.from > 0;
	if (area.height >= 5 && picture->shaded)
		snprintf(lines[n++], sizeof *lines, "%s RSS", picture->canvas->plain ? "-" : "░");
	if (area.height >= (zoomed ? 5 : 3))
		step_text(picture, area.height >= 5, lines[n]);
	for (unsigned i = 0; i <= n && i < area.height; i++)
		canvas_put_right(picture->canvas, area.x, area.y + i, area.width, STYLE_DIM, lines[i]);
	if (area.height < 2)
		return;
	char text[FORMAT_MAX + 1];
	format_clock(picture->span.from, text);
	strcat(text, "-");
	if (zoomed && area.height >= 3)
		canvas_put_right(picture->canvas, area.x, area.y + area.height - 2, area.width,
				 STYLE_DIM, text);
	/* The axis of a live run ends at the present, give or take a part of a cell. */
	bool ends_now = timeline->live && picture->span.to >= timeline->now;
	format_clock(ends_now ? timeline->now : picture->span.to, text);
	canvas_put_right(picture->canvas, area.x, area.y + area.height - 1, area.width, STYLE_DIM,
			 text);
}

static size_t highest_cell(const struct picture *picture)
{
	for (unsigned i = 0; i < picture->span.cells && picture->highest > 0; i++)
		if (picture->values[i] >= picture->highest)
			return i;
	return SIZE_MAX;
}

/* If only a part of the run is shown, its highest cell is the peak only if the peak was
 * then. */
static bool shows_peak(const struct picture *picture)
{
	const struct timeline *timeline = picture->timeline;
	if (timeline->zoom <= 0)
		return true;
	for (size_t i = 0; i < timeline->stops_length; i++)
		if (timeline->stops[i].kind == STOP_PEAK)
			return meter_cell(&picture->span, timeline->stops[i].time) >= 0;
	return false;
}

void timeline_draw(const struct timeline *timeline, struct canvas *canvas, struct area area)
{
	struct picture picture = {.timeline = timeline, .canvas = canvas};
	unsigned cells = timeline_cells(area.width);
	if (!area.height || !cells)
		return;
	if (!timeline->series_length && !timeline->live) {
		canvas_put(canvas, area.x + 2, area.y + area.height / 2, area.width - 2, STYLE_DIM,
			   "(nothing is known of this process over time)");
		return;
	}
	picture.span = timeline_span(timeline, cells);
	struct rows rows = rows_of(area.height, timeline_has_key(timeline, &picture.span));
	picture.curve = (struct area){area.x + 1, area.y, cells, rows.curve};
	sample(&picture);
	draw_curve(&picture);
	draw_rss(&picture);
	draw_ceilings(&picture);
	draw_places(&picture);
	if (rows.stops)
		timeline_draw_stops(timeline, &picture.span,
				    shows_peak(&picture) ? highest_cell(&picture) : SIZE_MAX,
				    !rows.key, canvas, area.x + 1, area.y + rows.curve);
	if (rows.key)
		timeline_draw_key(timeline, &picture.span, canvas, area.x + 1,
				  area.y + area.height - 1, cells);
	draw_scale(&picture, (struct area){area.x + area.width - TIMELINE_LEGEND, area.y,
					   TIMELINE_LEGEND - 1, area.height});
}
