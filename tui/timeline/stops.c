/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The row of letters and numbers under the curve, and what they mean.  Numbers or letters
 * that touched would be read as different ones, so the newest are drawn and those in
 * their way are left out. */
#include <stdio.h>
#include <string.h>
#include "tui/timeline/parts.h"
#include "views/format/format.h"

#define NAME_CELLS 24u                  /* of a text in the explanation */

/* Whether the cells are free, and also the one before and the one after them. */
static bool is_free(const struct canvas *canvas, unsigned x, unsigned y, unsigned cells)
{
	for (unsigned i = x ? x - 1 : 0; i <= x + cells; i++) {
		const struct cell *cell = canvas_cell(canvas, i, y);
		if (cell && strcmp(cell->text, " "))
			return false;
	}
	return true;
}

static bool stands_there(const struct canvas *canvas, unsigned x, unsigned y, const char *text)
{
	const struct cell *cell = canvas_cell(canvas, x, y);
	return cell && !strcmp(cell->text, text);
}

static bool is_blank(const struct canvas *canvas, unsigned x, unsigned y)
{
	return stands_there(canvas, x, y, " ");
}

static void put_if_blank(struct canvas *canvas, unsigned x, unsigned y, uint32_t style,
			 const char *text)
{
	if (is_blank(canvas, x, y))
		canvas_put(canvas, x, y, 1, style, text);
}

/* The next stop of a kind within the span, from *at on; *at is set to the place after
 * it. */
static const struct timeline_stop *next_stop(const struct timeline *timeline,
					     const struct meter_span *span, int kind, size_t *at)
{
	while (*at < timeline->stops_length) {
		const struct timeline_stop *stop = &timeline->stops[(*at)++];
		if ((int)stop->kind == kind && meter_cell(span, stop->time) >= 0)
			return stop;
	}
	return NULL;
}

/* How many marks there are before the stop at this place. */
static size_t marks_before(const struct timeline *timeline, size_t at)
{
	size_t n = 0;
	while (at-- > 0)
		n += timeline->stops[at].kind == STOP_MARK;
	return n;
}

/* Texts come from the program, so what a terminal would act on is made visible. */
static unsigned put_text(struct canvas *canvas, unsigned x, unsigned y, unsigned cells,
			 uint32_t style, const char *text)
{
	char safe[1024], fit[1024];
	format_safe(text, safe, sizeof safe);
	format_fit(safe, cells, canvas->plain, fit, sizeof fit);
	return canvas_put(canvas, x, y, cells, style, fit);
}

/* Writes the mark's text after its letter, if a large part of it fits. */
static void name_mark(const char *text, struct canvas *canvas, unsigned x, unsigned y, unsigned end)
{
	unsigned room = 0, width = format_width(text);
	while (x + 2 + room < end && is_blank(canvas, x + 1 + room, y) &&
	       is_blank(canvas, x + 2 + room, y))
		room++;
	unsigned least = width < 6 ? width : 6;
	if (least && room > least)
		put_text(canvas, x + 2, y, room - 1 < width ? room - 1 : width, STYLE_DIM, text);
}

static void draw_numbers(const struct timeline *timeline, const struct meter_span *span,
			 struct canvas *canvas, unsigned x, unsigned y)
{
	char text[16];
	for (size_t i = timeline->stops_length; i-- > 0;) {
		const struct timeline_stop *stop = &timeline->stops[i];
		int cell = meter_cell(span, stop->time);
		if (stop->kind != STOP_SNAPSHOT || cell < 0)
			continue;
		unsigned length = (unsigned)snprintf(text, sizeof text, "%u", stop->number);
		if (is_free(canvas, x + (unsigned)cell, y, length))
			canvas_put(canvas, x + (unsigned)cell, y, length, STYLE_MARK, text);
	}
}

/* Draws the letters of marks, or their texts after letters that are already there. */
static void draw_marks(const struct timeline *timeline, const struct meter_span *span, bool names,
		       struct canvas *canvas, unsigned x, unsigned y)
{
	size_t which = marks_before(timeline, timeline->stops_length);
	for (size_t i = timeline->stops_length; i-- > 0;) {
		const struct timeline_stop *stop = &timeline->stops[i];
		int cell = meter_cell(span, stop->time);
		if (stop->kind != STOP_MARK)
			continue;
		char letter[2] = {timeline_letter(--which)};
		unsigned at = x + (unsigned)cell;
		if (cell < 0)
			continue;
		if (!names)
			put_if_blank(canvas, at, y, STYLE_WARNING, letter);
		else if (stands_there(canvas, at, y, letter))
			name_mark(stop->text, canvas, at, y, x + span->cells);
	}
}

void timeline_draw_stops(const struct timeline *timeline, const struct meter_span *span,
			 size_t highest, bool named, struct canvas *canvas, unsigned x, unsigned y)
{
	int cursor = timeline->cursor.set ? meter_cell(span, timeline->cursor.time) : -1;
	int anchor = timeline->anchor.set ? meter_cell(span, timeline->anchor.time) : -1;
	if (cursor >= 0)
		canvas_put(canvas, x + (unsigned)cursor, y, 1, STYLE_SELECTED, "@");
	if (anchor >= 0)
		put_if_blank(canvas, x + (unsigned)anchor, y, STYLE_MARK, "*");
	draw_numbers(timeline, span, canvas, x, y);
	draw_marks(timeline, span, false, canvas, x, y);
	if (highest < span->cells)
		put_if_blank(canvas, x + (unsigned)highest, y, STYLE_MARK, "^");
	if (named)
		draw_marks(timeline, span, true, canvas, x, y);
}

bool timeline_has_key(const struct timeline *timeline, const struct meter_span *span)
{
	size_t at = 0;
	return timeline->cursor.set || timeline->anchor.set ||
	       next_stop(timeline, span, STOP_MARK, &at);
}

struct key {
	struct canvas *canvas;
	unsigned x, y, end;
	bool full;                      /* something did not fit, so nothing follows it */
};

static void key_item(struct key *key, const char *sign, uint32_t style, const char *text)
{
	unsigned width = format_width(text), sign_width = (unsigned)strlen(sign);
	width = width < NAME_CELLS ? width : NAME_CELLS;
	if (key->full || key->x + sign_width + 1 + width > key->end) {
		if (!key->full && key->x < key->end)
			canvas_put(key->canvas, key->x, key->y, 1, STYLE_DIM,
				   key->canvas->plain ? ">" : "…");
		key->full = true;
		return;
	}
	key->x += canvas_put(key->canvas, key->x, key->y, sign_width, style, sign) + 1;
	key->x += put_text(key->canvas, key->x, key->y, width, STYLE_DIM, text) + 2;
}

void timeline_draw_key(const struct timeline *timeline, const struct meter_span *span,
		       struct canvas *canvas, unsigned x, unsigned y, unsigned cells)
{
	struct key key = {canvas, x, y, x + cells, false};
	const struct timeline_stop *stop;
	size_t at = 0;
	if (timeline->cursor.set)
		key_item(&key, "@", STYLE_SELECTED, "cursor");
	if (timeline->anchor.set)
		key_item(&key, "*", STYLE_MARK, "anchor");
	while ((stop = next_stop(timeline, span, STOP_MARK, &at)) && !key.full) {
		char letter[2] = {timeline_letter(marks_before(timeline, at - 1))};
		key_item(&key, letter, STYLE_WARNING, stop->text);
	}
	char number[16];
	at = 0;
	while ((stop = next_stop(timeline, span, STOP_SNAPSHOT, &at)) && !key.full) {
		snprintf(number, sizeof number, "%u", stop->number);
		if (stop->text[0])
			key_item(&key, number, STYLE_MARK, stop->text);
	}
}
