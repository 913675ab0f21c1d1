/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DETAIL_PLACE_H
#define TUI_DETAIL_PLACE_H
/* Places in code as they are drawn: a path, a fold of frames, lines of source. */
#include "tui/base/canvas.h"
#include "views/row/family.h"

struct source_lines;

/* A path in fewer cells: its first folder, an ellipsis, and as many of its last
 * components as fit ("/home/.../worker/cache.c:42"). */
void place_fit(const char *path, unsigned cells, bool ascii, char *out, size_t size);
/* A path or name made safe and short, its folder dim; cells used. */
unsigned place_draw(struct canvas *canvas, unsigned x, unsigned y, unsigned cells, bool ascii,
		    const char *text);
/* "▸ 17 frames of libstdc++", or with the mark of one that is open. */
void fold_draw(size_t count, enum frame_family family, bool open, bool ascii,
	       struct canvas *canvas, struct area line);
/* The source lines around a frame, `around` on both sides, if they are there and its
 * own is, into at most area.height lines; how many.  What is not there is wanted from
 * now on. */
unsigned source_draw(struct source_lines *source, const struct row_frame *frame,
		     unsigned around, struct canvas *canvas, struct area area);

#endif
