/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes the canvas to a file: as plain text (golden screens), ANSI text, or an SVG
 * picture.  All three go through rows in runs of one style.
 */
#include <stdio.h>
#include <string.h>
#include "tui/base/canvas.h"

static const struct cell *cell_at(const struct canvas *canvas, unsigned x, unsigned y)
{
	return &canvas->cells[(size_t)y * canvas->width + x];
}

/* The cells of a row without its trailing blanks; with `styled`, blanks that have a style
 * are kept. */
static unsigned row_length(const struct canvas *canvas, unsigned y, bool styled)
{
	unsigned n = canvas->width;
	for (; n; n--) {
		const struct cell *cell = cell_at(canvas, n - 1, y);
		if (strcmp(cell->text, " ") || (styled && cell->style != STYLE_TEXT))
			break;
	}
	return n;
}

/* A cell as the terminal shows it. */
static int canvas_dump_put_cell(const struct canvas *canvas, const struct cell *cell,
				canvas_write write, void *user)
{
	char byte = cell->text[0] ? cell->text[0] : ' ';
	if (!canvas->ascii)
		return write(user, cell->text, strlen(cell->text));
	if ((unsigned char)byte >= 0x80)
		byte = '?';
	return write(user, &byte, 1);
}

int canvas_dump_text(const struct canvas *canvas, canvas_write write, void *user)
{
	int error = 0;
	for (unsigned y = 0; y < canvas->height && !error; y++) {
		unsigned n = row_length(canvas, y, false);
		for (unsigned x = 0; x < n && !error; x++)
			error = canvas_dump_put_cell(canvas, cell_at(canvas, x, y), write,
						     user);
		if (!error)
			error = write(user, "\n", 1);
	}
	return error;
}

static int canvas_dump_put(canvas_write write, void *user, const char *text)
{
	return write(user, text, strlen(text));
}

void canvas_sgr(struct look look, char text[80])
{
	int n = snprintf(text, 80, "\033[0%s%s%s", look.bold ? ";1" : "",
			 look.underline ? ";4" : "", look.reverse ? ";7" : "");
	if (look.foreground >= 0)
		n += snprintf(text + n, 80 - (size_t)n, ";38;5;%d", look.foreground);
	if (look.background >= 0)
		n += snprintf(text + n, 80 - (size_t)n, ";48;5;%d", look.background);
	snprintf(text + n, 80 - (size_t)n, "m");
}

static int ansi_style(struct look look, canvas_write write, void *user)
{
	char text[80];
	canvas_sgr(look, text);
	return canvas_dump_put(write, user, text);
}

int canvas_dump_ansi(const struct canvas *canvas, canvas_write write, void *user)
{
	int error = 0;
	for (unsigned y = 0; y < canvas->height && !error; y++) {
		unsigned n = row_length(canvas, y, true);
		uint32_t style = STYLE_TEXT;
		for (unsigned x = 0; x < n && !error; x++) {
			const struct cell *cell = cell_at(canvas, x, y);
			if (cell->style != style)
				error = ansi_style(palette_look(canvas->theme,
								style = cell->style),
						   write, user);
			if (!error)
				error = canvas_dump_put_cell(canvas, cell, write, user);
		}
		if (!error)
			error = canvas_dump_put(write, user,
						style == STYLE_TEXT ? "\n" : "\033[0m\n");
	}
	return error;
}

#define SVG_X 8.4                       /* width of a cell, in pixels at 14 px type */
#define SVG_Y 17.0

struct svg {
	canvas_write write;
	void *user;
	int error;
};

static void svg_put(struct svg *svg, const char *text)
{
	if (!svg->error)
		svg->error = canvas_dump_put(svg->write, svg->user, text);
}

static void svg_text(struct svg *svg, const char *text)
{
	static const struct {
		char byte;
		const char *entity;
	} entities[] = {{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}};
	for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
		if (text[0] == entities[i].byte && !text[1]) {
			svg_put(svg, entities[i].entity);
			return;
		}
	svg_put(svg, text);
}

static void svg_colors(enum theme theme, struct look look, unsigned *ink, unsigned *paper)
{
	*ink = look.foreground < 0 ? palette_ink(theme)
				   : palette_rgb((unsigned)look.foreground);
	*paper = look.background < 0 ? palette_paper(theme)
				     : palette_rgb((unsigned)look.background);
	if (look.reverse) {
		unsigned swap = *ink;
		*ink = *paper;
		*paper = swap;
	}
}

static bool is_space(const struct canvas *canvas, unsigned x, unsigned y)
{
	return !strcmp(cell_at(canvas, x, y)->text, " ");
}

/* Writes text from cell x on, up to a gap of two blanks.  Renderers treat blanks and
 * textLength differently, so each such piece gets a position of its own.  Returns the
 * cell after it. */
static unsigned svg_piece(struct svg *svg, const struct canvas *canvas, unsigned y,
			  unsigned x, unsigned end)
{
	struct look look = palette_look(canvas->theme, cell_at(canvas, x, y)->style);
	unsigned ink, paper, behind = x;
	char text[256];
	svg_colors(canvas->theme, look, &ink, &paper);
	for (unsigned i = x; i < end && !(i > behind && is_space(canvas, i, y)); i++)
		if (!is_space(canvas, i, y))
			behind = i + 1;
	snprintf(text, sizeof text,
		 "<text x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\" "
		 "lengthAdjust=\"spacingAndGlyphs\" fill=\"#%06x\"%s%s>",
		 SVG_X * (x + 1), SVG_Y * (y + 1) + 9, SVG_X * (behind - x), ink,
		 look.bold ? " font-weight=\"bold\"" : "",
		 look.underline ? " text-decoration=\"underline\"" : "");
	svg_put(svg, text);
	for (unsigned i = x; i < behind; i++)
		svg_text(svg, cell_at(canvas, i, y)->text);
	svg_put(svg, "</text>\n");
	return behind;
}

/* Writes one run of cells [x, end) that have the same style. */
static void svg_run(struct svg *svg, const struct canvas *canvas, unsigned y, unsigned x,
		    unsigned end)
{
	unsigned ink, paper;
	char text[256];
	struct look look = palette_look(canvas->theme, cell_at(canvas, x, y)->style);
	svg_colors(canvas->theme, look, &ink, &paper);
	if (paper != palette_paper(canvas->theme)) {
		snprintf(text, sizeof text,
			 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
			 "fill=\"#%06x\"/>\n",
			 SVG_X * (x + 1), SVG_Y * (y + 1) - 4, SVG_X * (end - x), SVG_Y,
			 paper);
		svg_put(svg, text);
	}
	while (x < end)
		x = is_space(canvas, x, y) ? x + 1 : svg_piece(svg, canvas, y, x, end);
}

int canvas_dump_svg(const struct canvas *canvas, canvas_write write, void *user)
{
	struct svg svg = {.write = write, .user = user};
	char text[512];
	snprintf(text, sizeof text,
		 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
		 "height=\"%.0f\" xml:space=\"preserve\" "
		 "font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" "
		 "font-size=\"14\">\n"
		 "<rect width=\"100%%\" height=\"100%%\" rx=\"6\" fill=\"#%06x\"/>\n",
		 SVG_X * (canvas->width + 2), SVG_Y * (canvas->height + 2),
		 palette_paper(canvas->theme));
	svg_put(&svg, text);
	for (unsigned y = 0; y < canvas->height; y++) {
		unsigned n = row_length(canvas, y, true), end;
		for (unsigned x = 0; x < n; x = end) {
			uint32_t style = cell_at(canvas, x, y)->style;
			for (end = x + 1;
			     end < n && cell_at(canvas, end, y)->style == style;)
				end++;
			svg_run(&svg, canvas, y, x, end);
		}
	}
	svg_put(&svg, "</svg>\n");
	return svg.error;
}
