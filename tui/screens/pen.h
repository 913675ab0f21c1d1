/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_PEN_H
#define TUI_SCREENS_PEN_H
/* Where the next item of a line of the header or the gauges is written. */
#include "tui/base/canvas.h"

struct pen {
	struct canvas *canvas;
	unsigned x, y, end;
	unsigned gap;                   /* cells between items */
};

/* Writes the text if all of it fits; else nothing more is written on the line. */
void pen_write(struct pen *pen, uint32_t style, const char *text);
/* Writes a label and its value, or neither if they do not both fit. */
void pen_item(struct pen *pen, const char *label, uint32_t style, const char *value);
/* As pen_item, for a value that changes all the time: it is given at least this many cells,
 * so that what follows it stays where it is. */
void pen_steady_item(struct pen *pen, const char *label, uint32_t style,
		     const char *value, unsigned cells);

#endif
