/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A path is shortened in its middle: its first folder and its end say the most. */
#include "tui/detail/place.h"

#include <stdio.h>
#include <string.h>
#include "tui/detail/source_lines.h"
#include "views/format/format.h"

void place_fit(const char *path, unsigned cells, bool ascii, char *out, size_t size)
{
	const char *dots = ascii ? "..." : "…";
	const char *second = path[0] == '/' ? strchr(path + 1, '/') : NULL;
	unsigned whole = format_width(path), gap = ascii ? 3 : 1;
	if (second && whole > cells) {
		unsigned head = (unsigned)(second - path) + 1;
		for (const char *tail = second; tail; tail = strchr(tail + 1, '/')) {
			unsigned width = format_width(tail) + gap;
			bool both = head + width <= cells;
			if (!both && (width > cells || strchr(tail + 1, '/')))
				continue;
			snprintf(out, size, "%.*s%s%s", both ? (int)head : 0, path, dots,
				 tail);
			return;
		}
	}
	if (path[0] == '/' && whole > cells && cells > gap + 1) {
		const char *tail = path;        /* the file's name and its line say the
						 * most */
		while (*tail && format_width(tail) + gap > cells)
			do
				tail++;
			while (((unsigned char)*tail & 0xc0) == 0x80);
		snprintf(out, size, "%s%s", dots, tail);
		return;
	}
	format_fit(path, cells, ascii, out, size);
}

unsigned place_draw(struct canvas *canvas, unsigned x, unsigned y, unsigned cells,
		       bool ascii, const char *text)
{
	char fitted[4096], head[4096];
	place_fit(text, cells, ascii, fitted, sizeof fitted);
	/* Only the folder is dim; a function's name may contain slashes too. */
	char *slash = strrchr(fitted, '/'), *colon = strchr(fitted, ':');
	if (!slash || (colon && colon < slash))
		return canvas_put(canvas, x, y, cells, STYLE_TEXT, fitted);
	size_t length = (size_t)(slash - fitted) + 1;
	memcpy(head, fitted, length);
	head[length] = 0;
	unsigned taken = canvas_put(canvas, x, y, cells, STYLE_DIM, head);
	return taken + canvas_put(canvas, x + taken, y, cells - taken, STYLE_TEXT,
				  fitted + length);
}

void fold_draw(size_t count, enum frame_family family, bool open, bool ascii,
	       struct canvas *canvas, struct area line)
{
	const char *mark = open ? (ascii ? "-" : "▾") : ascii ? "+" : "▸";
	unsigned x = canvas_put(canvas, line.x, line.y, line.width, STYLE_MARK, mark) + 1;
	if (x < line.width)
		canvas_printf(canvas, line.x + x, line.y, line.width - x, STYLE_DIM,
			      "%zu frames of %s", count, family_name(family));
}

/* Shows tabs as four columns, since source is only read here, not aligned. */
static void expand_tabs(const char *text, char *out, size_t size)
{
	size_t n = 0;
	for (; *text && n + 5 < size; text++) {
		if (*text != '\t')
			out[n++] = *text;
		else
			do
				out[n++] = ' ';
			while (n % 4);
	}
	out[n] = 0;
}

unsigned source_draw(struct source_lines *source, const struct row_frame *frame,
			    unsigned around, struct canvas *canvas, struct area area)
{
	char wide[1024], safe[2048];
	unsigned drawn = 0, first = frame->line > around ? frame->line - around : 1;
	const struct source_range *range =
		frame->line ? source_lines_get(source, frame->file, first,
					       frame->line + around - first + 1)
			    : NULL;
	if (!range || !range->text[frame->line - first])
		return 0;
	for (unsigned n = first; n < first + range->length && drawn < area.height; n++) {
		const char *text = range->text[n - first];
		if (!text)
			continue;
		uint32_t style = n == frame->line ? STYLE_SOURCE_AT : STYLE_SOURCE;
		unsigned y = area.y + drawn++;
		expand_tabs(text, wide, sizeof wide);
		format_safe(wide, safe, sizeof safe);
		unsigned x = canvas_printf(canvas, area.x, y, area.width,
					   n == frame->line ? STYLE_MARK : STYLE_LINE,
					   "%6u %s ", n, n == frame->line ? ">" : " ");
		canvas_put(canvas, area.x + x, y, area.width - x, style, safe);
	}
	return drawn;
}
