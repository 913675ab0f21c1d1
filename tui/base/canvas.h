/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_CANVAS_H
#define TUI_BASE_CANVAS_H
/*
 * A grid of cells: every screen draws on one, and it is the source of what a terminal, a
 * golden file or a picture shows.  Coordinates are cells from the top left; drawing
 * outside of the canvas is ignored.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tui/base/palette.h"
#include "tui/base/style.h"

struct cell {
	char text[12];                  /* one character and what combines with it */
	uint8_t width;                  /* 1, 2, or 0: the right half of a wide one */
	uint32_t style;
};

struct area {
	unsigned x, y, width, height;
};

/* Cells of a row that are a link to a line of a file. */
struct canvas_link {
	unsigned x, y, width, line;
	char *file;
};

struct canvas {
	unsigned width, height;
	struct cell *cells;             /* row by row */
	bool cursor;                    /* the terminal's cursor is shown */
	unsigned cursor_x, cursor_y;
	/* How dumps look: without colours, and with '?' for what is not ASCII. */
	enum theme theme;
	bool ascii;
	bool plain;                     /* draw only ASCII characters */
	/* The links since the last canvas_clear; none are kept unless `linked`. */
	bool linked;
	struct canvas_link *links;
	size_t links_length, links_room;
};

#define CANVAS_LIMIT 1000u              /* cells in either direction */

/* Makes a blank canvas, whose size is forced into 1..CANVAS_LIMIT.  NULL: out of
 * memory. */
struct canvas *canvas_new(unsigned width, unsigned height);
void canvas_free(struct canvas *canvas);
/* Makes the canvas blank, with a new size.  0, or -ENOMEM with nothing changed. */
int canvas_resize(struct canvas *canvas, unsigned width, unsigned height);
void canvas_clear(struct canvas *canvas);

/* The cell at a place; NULL outside of the canvas. */
const struct cell *canvas_cell(const struct canvas *canvas, unsigned x, unsigned y);
void canvas_set(struct canvas *canvas, unsigned x, unsigned y, const struct cell *cell);
/* Writes text over at most `cells` cells from (x, y), and returns how many it took.
 * Control bytes and invalid UTF-8 become '?'; a wide character that does not fit is left
 * out. */
unsigned canvas_put(struct canvas *canvas, unsigned x, unsigned y, unsigned cells,
		    uint32_t style, const char *text);
/* The same, but the text ends at cell x + cells (for figures). */
void canvas_put_right(struct canvas *canvas, unsigned x, unsigned y, unsigned cells,
		      uint32_t style, const char *text);
/* Formats at most 511 bytes and writes them as canvas_put does. */
unsigned canvas_printf(struct canvas *canvas, unsigned x, unsigned y, unsigned cells,
		       uint32_t style, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* Makes cells a link to a line of a file.  Ignored unless the path is absolute. */
void canvas_link(struct canvas *canvas, struct area cells, const char *file,
		 unsigned line);
/* Fills an area with blanks of one style. */
void canvas_fill(struct canvas *canvas, struct area area, uint32_t style);
/* Changes the style of an area, and keeps its text. */
void canvas_restyle(struct canvas *canvas, struct area area, uint32_t style);
/* The cells that canvas_put would take without a limit. */
unsigned canvas_width_of(const char *text);
/* How many bytes of the text make its first line of at most this many cells; the line
 * ends at a space if there is one. */
size_t canvas_line_length(const char *text, unsigned cells);

/* Gets the bytes of a dump.  Returns 0, or an error that stops it. */
typedef int (*canvas_write)(void *user, const char *bytes, size_t length);
/* The escape sequence (ECMA-48 SGR) that switches to a look, in 256 colours. */
void canvas_sgr(struct look look, char text[80]);
/* Plain lines without trailing spaces. */
int canvas_dump_text(const struct canvas *canvas, canvas_write write, void *user);
/* The same with ANSI colours. */
int canvas_dump_ansi(const struct canvas *canvas, canvas_write write, void *user);
/* A picture that needs no font other than a monospaced one. */
int canvas_dump_svg(const struct canvas *canvas, canvas_write write, void *user);

#endif
