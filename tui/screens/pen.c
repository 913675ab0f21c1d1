/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing one line of header or gauges from left to right. */
#include "tui/screens/pen.h"

void pen_write(struct pen *pen, uint32_t style, const char *text)
{
	unsigned width = canvas_width_of(text);
	if (pen->x + width > pen->end) {
		pen->end = pen->x;
		return;
	}
	pen->x += canvas_put(pen->canvas, pen->x, pen->y, width, style, text);
}

void pen_item(struct pen *pen, const char *label, uint32_t style, const char *value)
{
	if (pen->x + canvas_width_of(label) + canvas_width_of(value) + 1 > pen->end) {
		pen->end = pen->x;
		return;
	}
	pen_write(pen, STYLE_LABEL, label);
	pen_write(pen, STYLE_TEXT, " ");
	pen_write(pen, style, value);
	if (pen->x + pen->gap < pen->end)
		pen->x += pen->gap;
}

void pen_steady_item(struct pen *pen, const char *label, uint32_t style,
			const char *value, unsigned cells)
{
	unsigned width = canvas_width_of(value);
	pen_item(pen, label, style, value);
	if (width < cells && pen->x + cells - width < pen->end)
		pen->x += cells - width;
}
