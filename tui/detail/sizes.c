/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In a wide window these are two lines: the classes, and under each one its bar and
 * figure.  In a narrow one it is a single line of the classes that have any.
 */
#include "tui/detail/sizes.h"

#include <math.h>
#include <stdio.h>
#include "tracer/heap/snapshot.h"
#include "views/format/format.h"

#define LABEL 13u
#define COLUMN_LEAST 8u
#define COLUMN_MOST 11u

struct histogram {
	const char *label, *short_label;
	char when[FORMAT_MAX + 8];      /* "at 00:01:00", unless it is now */
	unsigned classes;
	char names[SIZE_CLASSES][FORMAT_MAX + 8];
	double values[SIZE_CLASSES];
	bool bytes;                     /* values are bytes; else counts */
};

/* The bar of a value; anything above zero shows at least the lowest one. */
static const char *bar_of(double value, double most, bool ascii)
{
	static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const marks[] = {".", ":", "|"};
	unsigned steps = ascii ? 3 : 8;
	if (value <= 0)
		return " ";
	unsigned step = (unsigned)(value / most * steps);
	step = step >= steps ? steps - 1 : step;
	return ascii ? marks[step] : bars[step];
}

static void value_text(const struct histogram *of, unsigned class, char text[FORMAT_MAX])
{
	if (of->bytes)
		format_size(of->values[class], false, text);
	else
		format_rate(of->values[class], text);
}

static void draw_columns(const struct histogram *of, double most, bool ascii,
			 struct canvas *canvas, struct area area)
{
	unsigned column = (area.width - LABEL) / SIZE_CLASSES;
	column = column > COLUMN_MOST ? COLUMN_MOST : column;
	canvas_put(canvas, area.x + 1, area.y, LABEL, STYLE_LABEL, of->label);
	canvas_put(canvas, area.x + 1, area.y + 1, LABEL - 1, STYLE_DIM, of->when);
	for (unsigned i = 0; i < of->classes; i++) {
		char text[FORMAT_MAX];
		unsigned x = area.x + LABEL + i * column;
		bool any = of->values[i] > 0;
		canvas_put_right(canvas, x, area.y, column, STYLE_DIM, of->names[i]);
		value_text(of, i, text);
		unsigned width = canvas_width_of(text) + (column > COLUMN_LEAST ? 2 : 1);
		if (any && width <= column)
			canvas_put(canvas, x + column - width, area.y + 1, 1, STYLE_BAR,
				   bar_of(of->values[i], most, ascii));
		canvas_put_right(canvas, x, area.y + 1, column, any ? STYLE_TEXT : STYLE_DIM,
				 any ? text : "-");
	}
}

static void sizes_draw_line(const struct histogram *of, struct canvas *canvas,
			    struct area area)
{
	unsigned x = 1 + canvas_put(canvas, area.x + 1, area.y, area.width, STYLE_LABEL,
				    of->short_label);
	if (of->when[0])
		x += canvas_printf(canvas, area.x + x, area.y, area.width - x, STYLE_DIM, " %s",
				   of->when);
	for (unsigned i = 0; i < of->classes; i++) {
		char value[FORMAT_MAX], text[4 * FORMAT_MAX];
		if (of->values[i] <= 0)
			continue;
		value_text(of, i, value);
		snprintf(text, sizeof text, "  %s: %s", of->names[i], value);
		if (x + canvas_width_of(text) > area.width)
			return;
		x += canvas_put(canvas, area.x + x, area.y, area.width - x, STYLE_TEXT, text);
	}
}

static unsigned histogram_draw(const struct histogram *of, bool ascii, struct canvas *canvas,
			       struct area area)
{
	double most = 0;
	for (unsigned i = 0; i < of->classes; i++)
		most = of->values[i] > most ? of->values[i] : most;
	if (most <= 0 || !area.height || area.width < 30)
		return 0;
	if (area.height < 2 || area.width < LABEL + SIZE_CLASSES * COLUMN_LEAST) {
		sizes_draw_line(of, canvas, area);
		return 1;
	}
	draw_columns(of, most, ascii, canvas, area);
	return 2;
}

unsigned sizes_draw(const uint64_t sizes[], bool ascii, struct canvas *canvas,
		    struct area area)
{
	struct histogram of = {.label = "blocks up to", .short_label = "blocks",
			       .classes = SIZE_CLASSES,
			       .names = {"32 B", "256 B", "2 KiB", "16 KiB", "128 KiB", "1 MiB",
					 "8 MiB", "more"}};
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		of.values[i] = (double)sizes[i];
	return histogram_draw(&of, ascii, canvas, area);
}

/* Classes end at 1, 2, 4, 8, 15, 30 and 60 parts of the run.  One part is the finest that
 * is known of old births, and the youngest blocks are those of which most is known.  Births
 * are known by the second: classes that end within one count with the next. */
unsigned ages_draw(const float births[], double until, bool ascii, struct canvas *canvas,
		   struct area area)
{
	static const unsigned ends[] = {1, 2, 4, 8, 15, 30, GROWTH_BINS};
	const unsigned last = sizeof ends / sizeof *ends - 1;
	struct histogram of = {.label = "bytes up to", .short_label = "ages", .bytes = true};
	unsigned part = 0;
	char clock[FORMAT_MAX];
	format_clock(until, clock);
	snprintf(of.when, sizeof of.when, "at %s", clock);
	for (unsigned i = 0; i <= last; i++) {
		char age[FORMAT_MAX];
		double end = until * ends[i] / GROWTH_BINS;
		double next = until * ends[i < last ? i + 1 : i] / GROWTH_BINS;
		for (; part < ends[i]; part++)
			of.values[of.classes] += (double)births[GROWTH_BINS - 1 - part];
		if (i < last && (end < 1 || floor(end) == floor(next)))
			continue;
		format_span(end, age);
		snprintf(of.names[of.classes++], sizeof of.names[0], "%s old", age);
	}
	return until >= 1 ? histogram_draw(&of, ascii, canvas, area) : 0;
}
