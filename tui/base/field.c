/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Draws the prompt, from the bottom up: the line, above it a caret with what is wrong,
 * and above that the completions in columns.
 */
#include "tui/base/field.h"

#include <stdio.h>
#include <string.h>
#include "tracer/ground/utf8.h"

#define ERROR_LINES 3u

/* The width of text[from, to) in cells. */
static unsigned cells_between(const char *text, size_t from, size_t to)
{
	char part[sizeof ((struct field *)0)->text];
	if (to <= from)
		return 0;
	memcpy(part, text + from, to - from);
	part[to - from] = 0;
	return canvas_width_of(part);
}

/* The first byte of the text that is shown if it has `cells` cells, so that the cursor is
 * in sight. */
static size_t field_scroll(const struct field *field, unsigned cells)
{
	size_t start = 0, length = strlen(field->text);
	uint32_t code;
	while (start < field->cursor &&
	       cells_between(field->text, start, field->cursor) >= cells)
		start += utf8_decode(field->text + start, length - start, &code);
	return start;
}

/* Draws a sentence that does not fit beside its caret, in lines from y upwards.  Returns
 * the last line that it takes. */
static unsigned draw_above(const char *text, struct canvas *canvas, unsigned y)
{
	const char *lines[ERROR_LINES];
	size_t lengths[ERROR_LINES];
	unsigned n = 0, cells = canvas->width > 1 ? canvas->width - 1 : 1;
	char part[sizeof ((struct field *)0)->error];
	for (; *text && n < ERROR_LINES && n <= y; n++) {
		lines[n] = text;
		lengths[n] = canvas_line_length(text, cells);
		text += lengths[n];
		text += strspn(text, " ");
	}
	for (unsigned i = 0; i < n; i++) {
		unsigned line = y + 1 - n + i;
		snprintf(part, sizeof part, "%.*s", (int)lengths[i], lines[i]);
		canvas_fill(canvas, (struct area){0, line, canvas->width, 1}, STYLE_TEXT);
		canvas_put(canvas, 1, line, cells, STYLE_ERROR, part);
	}
	return y + 1 - n;
}

/* Draws the caret's line.  Returns the highest line that is taken. */
static unsigned draw_error(const struct field *field, struct canvas *canvas, unsigned y,
			   unsigned caret)
{
	unsigned width = canvas->width, text = canvas_width_of(field->error);
	canvas_fill(canvas, (struct area){0, y, width, 1}, STYLE_TEXT);
	if (caret >= width)
		caret = width - 1;
	/* The sentence is to the right of the caret, or to the left where it would not
	 * fit. */
	if (caret + 2 + text <= width)
		canvas_put(canvas, caret + 2, y, text, STYLE_ERROR, field->error);
	else if (caret >= text + 1)
		canvas_put(canvas, caret - text - 1, y, text, STYLE_ERROR, field->error);
	canvas_put(canvas, caret, y, 1, STYLE_ERROR, "^");
	return y && caret + 2 + text > width && caret < text + 1
		       ? draw_above(field->error, canvas, y - 1)
		       : y;
}

static void draw_candidates(const struct field *field, struct canvas *canvas,
			    unsigned bottom)
{
	unsigned widest = 1, n = (unsigned)field->candidates_length;
	for (unsigned i = 0; i < n; i++) {
		unsigned width = canvas_width_of(field->candidates[i]);
		widest = width > widest ? width : widest;
	}
	unsigned column = widest + 2;
	unsigned columns = canvas->width / column ? canvas->width / column : 1;
	unsigned rows = (n + columns - 1) / columns, most = bottom / 2;
	if (rows > most)
		rows = most;
	for (unsigned y = 0; y < rows; y++) {
		unsigned line = bottom - rows + y;
		canvas_fill(canvas, (struct area){0, line, canvas->width, 1}, STYLE_TAB);
		for (unsigned x = 0; x < columns && y * columns + x < n; x++)
			canvas_put(canvas, x * column + 1, line, column - 1, STYLE_TAB,
				   field->candidates[y * columns + x]);
	}
	if (rows && n > rows * columns) {
		char more[32];
		snprintf(more, sizeof more, " %u more", n - rows * columns);
		canvas_put_right(canvas, 0, bottom - 1, canvas->width, STYLE_MARK, more);
	}
}

void field_draw(const struct field *field, struct canvas *canvas)
{
	unsigned y = canvas->height - 1, width = canvas->width;
	canvas_fill(canvas, (struct area){0, y, width, 1}, STYLE_TEXT);
	/* At least half of the line is kept for the text. */
	unsigned label = canvas_put(canvas, 0, y, width / 2, STYLE_PROMPT, field->label);
	unsigned room = width - label;
	size_t start = field_scroll(field, room);
	canvas_put(canvas, label, y, room, STYLE_TEXT, field->text + start);
	canvas->cursor = true;
	canvas->cursor_x = label + cells_between(field->text, start, field->cursor);
	canvas->cursor_y = y;
	if (field->error[0] && y > 0) {
		size_t length = strlen(field->text);
		size_t caret = field->caret < length ? field->caret : length;
		y = draw_error(field, canvas, y - 1,
			       label + cells_between(field->text, start, caret));
	}
	if (field->candidates_length)
		draw_candidates(field, canvas, y);
}
