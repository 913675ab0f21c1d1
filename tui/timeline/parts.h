/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TIMELINE_PARTS_H
#define TUI_TIMELINE_PARTS_H
/* Declarations shared by the files of this room only. */
#include "tui/timeline/timeline.h"

#define TIMELINE_LEGEND 12u             /* cells at the right for the scale */

/* Draws a row under the curve: letters for marks, numbers for snapshots, ^ at the cell
 * `highest` (SIZE_MAX: the peak is not shown), @ at the cursor, * at the anchor.
 * `named`: marks have their texts where there is room. */
void timeline_draw_stops(const struct timeline *timeline, const struct meter_span *span,
			 size_t highest, bool named, struct canvas *canvas, unsigned x,
			 unsigned y);
/* Explains these signs, as many as fit into the cells from x on. */
void timeline_draw_key(const struct timeline *timeline, const struct meter_span *span,
		       struct canvas *canvas, unsigned x, unsigned y, unsigned cells);
/* Whether any of them needs an explanation. */
bool timeline_has_key(const struct timeline *timeline, const struct meter_span *span);

#endif
