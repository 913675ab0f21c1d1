/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The grid of cells.  A wide character takes two of them: the left one has width 2, the
 * right one width 0 and no text.  Overwriting either half blanks the other, so that half
 * a character never reaches the terminal.
 */
#include "tui/base/canvas.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/ground/utf8.h"

static const struct cell blank = {.text = " ", .width = 1, .style = STYLE_TEXT};

static unsigned bounded(unsigned n)
{
	return n < 1 ? 1 : n > CANVAS_LIMIT ? CANVAS_LIMIT : n;
}

struct canvas *canvas_new(unsigned width, unsigned height)
{
	struct canvas *canvas = calloc(1, sizeof *canvas);
	if (canvas && canvas_resize(canvas, width, height)) {
		free(canvas);
		return NULL;
	}
	return canvas;
}

static void unlink_all(struct canvas *canvas)
{
	while (canvas->links_length)
		free(canvas->links[--canvas->links_length].file);
}

void canvas_free(struct canvas *canvas)
{
	if (canvas) {
		unlink_all(canvas);
		free(canvas->links);
		free(canvas->cells);
	}
	free(canvas);
}

int canvas_resize(struct canvas *canvas, unsigned width, unsigned height)
{
	width = bounded(width);
	height = bounded(height);
	struct cell *cells = calloc((size_t)width * height, sizeof *cells);
	if (!cells)
		return -ENOMEM;
	free(canvas->cells);
	canvas->width = width;
	canvas->height = height;
	canvas->cells = cells;
	canvas_clear(canvas);
	return 0;
}

void canvas_clear(struct canvas *canvas)
{
	size_t n = (size_t)canvas->width * canvas->height;
	for (size_t i = 0; i < n; i++)
		canvas->cells[i] = blank;
	canvas->cursor = false;
	unlink_all(canvas);
}

void canvas_link(struct canvas *canvas, struct area cells, const char *file,
		 unsigned line)
{
	if (!canvas->linked || file[0] != '/' || !cells.width ||
	    !array_grow(&canvas->links, &canvas->links_room, canvas->links_length + 1,
			sizeof *canvas->links))
		return;
	char *copy = strdup(file);
	if (copy)
		canvas->links[canvas->links_length++] = (struct canvas_link){
			.x = cells.x, .y = cells.y, .width = cells.width, .line = line,
			.file = copy};
}

static struct cell *canvas_at(const struct canvas *canvas, unsigned x, unsigned y)
{
	if (x >= canvas->width || y >= canvas->height)
		return NULL;
	return &canvas->cells[(size_t)y * canvas->width + x];
}

const struct cell *canvas_cell(const struct canvas *canvas, unsigned x, unsigned y)
{
	return canvas_at(canvas, x, y);
}

/* Blanks the other half of a wide character that (x, y) belongs to. */
static void canvas_split(struct canvas *canvas, unsigned x, unsigned y)
{
	struct cell *cell = canvas_at(canvas, x, y);
	struct cell *other = NULL;
	if (cell->width == 2)
		other = canvas_at(canvas, x + 1, y);
	else if (cell->width == 0 && x > 0)
		other = canvas_at(canvas, x - 1, y);
	if (other) {
		uint32_t style = other->style;
		*other = blank;
		other->style = style;
	}
}

void canvas_set(struct canvas *canvas, unsigned x, unsigned y, const struct cell *cell)
{
	struct cell *left = canvas_at(canvas, x, y);
	if (!left || (cell->width == 2 && !canvas_at(canvas, x + 1, y)))
		return;
	canvas_split(canvas, x, y);
	if (cell->width == 2) {
		canvas_split(canvas, x + 1, y);
		*canvas_at(canvas, x + 1, y) = (struct cell){.style = cell->style};
	}
	*left = *cell;
}

/* Adds a combining character to the cell before x, if that has room. */
static void combine(struct canvas *canvas, unsigned x, unsigned y, const char *bytes,
		    size_t n)
{
	struct cell *cell = x > 0 ? canvas_at(canvas, x - 1, y) : NULL;
	if (cell && cell->width == 0 && x > 1)
		cell = canvas_at(canvas, x - 2, y);
	if (!cell)
		return;
	size_t length = strlen(cell->text);
	if (length + n < sizeof cell->text) {
		memcpy(cell->text + length, bytes, n);
		cell->text[length + n] = 0;
	}
}

static bool control(uint32_t code)
{
	return code == 0xfffd || utf8_escaped(code) || utf8_steers(code);
}

unsigned canvas_put(struct canvas *canvas, unsigned x, unsigned y, unsigned cells,
		    uint32_t style, const char *text)
{
	unsigned taken = 0;
	size_t left = strlen(text), used;
	for (; left; text += used, left -= used) {
		uint32_t code;
		used = utf8_decode(text, left, &code);
		struct cell cell = {.style = style};
		cell.width = control(code) ? 1 : (uint8_t)utf8_width(code);
		if (!cell.width) {
			if (taken)
				combine(canvas, x + taken, y, text, used);
			continue;
		}
		if (cell.width > cells - taken)
			break;
		if (control(code))
			cell.text[0] = '?';
		else
			memcpy(cell.text, text, used);
		canvas_set(canvas, x + taken, y, &cell);
		taken += cell.width;
	}
	return taken;
}

unsigned canvas_width_of(const char *text)
{
	unsigned width = 0;
	size_t left = strlen(text), used;
	for (; left; text += used, left -= used) {
		uint32_t code;
		used = utf8_decode(text, left, &code);
		width += control(code) ? 1 : utf8_width(code);
	}
	return width;
}

void canvas_put_right(struct canvas *canvas, unsigned x, unsigned y, unsigned cells,
		      uint32_t style, const char *text)
{
	unsigned width = canvas_width_of(text);
	unsigned skip = width < cells ? cells - width : 0;
	canvas_put(canvas, x + skip, y, cells - skip, style, text);
}

unsigned canvas_printf(struct canvas *canvas, unsigned x, unsigned y, unsigned cells,
		       uint32_t style, const char *format, ...)
{
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return canvas_put(canvas, x, y, cells, style, text);
}

/* The part of an area that lies on the canvas. */
static struct area clip(const struct canvas *canvas, struct area area)
{
	if (area.x >= canvas->width || area.y >= canvas->height)
		return (struct area){0};
	if (area.width > canvas->width - area.x)
		area.width = canvas->width - area.x;
	if (area.height > canvas->height - area.y)
		area.height = canvas->height - area.y;
	return area;
}

void canvas_fill(struct canvas *canvas, struct area area, uint32_t style)
{
	struct cell cell = blank;
	cell.style = style;
	area = clip(canvas, area);
	for (unsigned y = area.y; y < area.y + area.height; y++)
		for (unsigned x = area.x; x < area.x + area.width; x++)
			canvas_set(canvas, x, y, &cell);
}

void canvas_restyle(struct canvas *canvas, struct area area, uint32_t style)
{
	area = clip(canvas, area);
	for (unsigned y = area.y; y < area.y + area.height; y++)
		for (unsigned x = area.x; x < area.x + area.width; x++)
			canvas_at(canvas, x, y)->style = style;
}

size_t canvas_line_length(const char *text, unsigned cells)
{
	char part[1024];
	size_t length = strlen(text), space = 0, fits = 0;
	for (size_t i = 1; i <= length; i++) {
		if (((unsigned char)text[i] & 0xc0) == 0x80)
			continue;
		snprintf(part, sizeof part, "%.*s", (int)i, text);
		if (canvas_width_of(part) > cells)
			break;
		fits = i;
		space = text[i] == ' ' || !text[i] ? i : space;
	}
	return space ? space : fits ? fits : length;
}
