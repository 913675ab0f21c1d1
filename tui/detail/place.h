/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DETAIL_PLACE_H
#define TUI_DETAIL_PLACE_H
/* Draws places in code: a path, a fold of frames, lines of source. */
#include "tui/base/canvas.h"
#include "views/row/family.h"

struct source_lines;

/* Shortens a path: its first folder, an ellipsis, and as many of its last components as
 * fit ("/home/.../worker/cache.c:42"). */
void place_fit(const char *path, unsigned cells, bool ascii, char *out, size_t size);
/* Draws a path or name made safe and short, with its folder dim.  Returns the cells
 * used. */
unsigned place_draw(struct canvas *canvas, unsigned x, unsigned y, unsigned cells, bool ascii,
		    const char *text);
/* Draws "▸ 17 frames of libstdc++", or with the mark of an open fold. */
void fold_draw(size_t count, enum frame_family family, bool open, bool ascii,
	       struct canvas *canvas, struct area line);
/* Draws the source lines around a frame, `around` on each side, in at most area.height
 * lines.  Returns how many; 0 unless the frame's own line is known.  Unknown lines will
 * be read from now on. */
unsigned source_draw(struct source_lines *source, const struct row_frame *frame,
		     unsigned around, struct canvas *canvas, struct area area);

#endif
