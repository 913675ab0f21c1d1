/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two lines where the window is wide: the classes, and under each a bar and
 * how many blocks it has.  A narrow one gets a line of those that have any.
 */
#include "tui/screens/sizes.h"

#include <stdio.h>
#include "tracer/heap/snapshot.h"
#include "views/format/format.h"

#define LABEL 13u
#define COLUMN_LEAST 8u
#define COLUMN_MOST 11u

static const char *const names[SIZE_CLASSES] = {
	"32 B", "256 B", "2 KiB", "16 KiB", "128 KiB", "1 MiB", "8 MiB", "more",
};

/* Anything shows at least the lowest bar. */
static const char *bar_of(uint64_t count, uint64_t most, bool ascii)
{
	static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const marks[] = {".", ":", "|"};
	unsigned steps = ascii ? 3 : 8;
	if (!count)
		return " ";
	unsigned step = (unsigned)((double)count / (double)most * steps);
	step = step >= steps ? steps - 1 : step;
	return ascii ? marks[step] : bars[step];
}

static void draw_columns(const uint64_t sizes[], uint64_t most, bool ascii,
			 struct canvas *canvas, struct area area)
{
	unsigned column = (area.width - LABEL) / SIZE_CLASSES;
	column = column > COLUMN_MOST ? COLUMN_MOST : column;
	canvas_put(canvas, area.x + 1, area.y, LABEL, STYLE_LABEL, "blocks up to");
	for (unsigned i = 0; i < SIZE_CLASSES; i++) {
		char text[FORMAT_MAX];
		unsigned x = area.x + LABEL + i * column;
		canvas_put_right(canvas, x, area.y, column, STYLE_DIM, names[i]);
		format_rate((double)sizes[i], text);
		unsigned width = canvas_width_of(text) + (column > COLUMN_LEAST ? 2 : 1);
		if (sizes[i] && width <= column)
			canvas_put(canvas, x + column - width, area.y + 1, 1, STYLE_BAR,
				   bar_of(sizes[i], most, ascii));
		canvas_put_right(canvas, x, area.y + 1, column,
				 sizes[i] ? STYLE_TEXT : STYLE_DIM, sizes[i] ? text : "-");
	}
}

static void sizes_draw_line(const uint64_t sizes[], struct canvas *canvas,
			    struct area area)
{
	unsigned x = 1 + canvas_put(canvas, area.x + 1, area.y, area.width, STYLE_LABEL,
				    "blocks");
	for (unsigned i = 0; i < SIZE_CLASSES; i++) {
		char count[FORMAT_MAX], text[2 * FORMAT_MAX];
		if (!sizes[i])
			continue;
		format_rate((double)sizes[i], count);
		snprintf(text, sizeof text, "  %s: %s", names[i], count);
		if (x + canvas_width_of(text) > area.width)
			return;
		x += canvas_put(canvas, area.x + x, area.y, area.width - x, STYLE_TEXT, text);
	}
}

unsigned sizes_draw(const uint64_t sizes[], bool ascii, struct canvas *canvas,
		    struct area area)
{
	uint64_t most = 0;
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		most = sizes[i] > most ? sizes[i] : most;
	if (!most || !area.height || area.width < 30)
		return 0;
	if (area.height < 2 || area.width < LABEL + SIZE_CLASSES * COLUMN_LEAST) {
		sizes_draw_line(sizes, canvas, area);
		return 1;
	}
	draw_columns(sizes, most, ascii, canvas, area);
	return 2;
}
