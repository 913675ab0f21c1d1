/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TIMELINE_PARTS_H
#define TUI_TIMELINE_PARTS_H
/* What the files of this room share, and nobody else needs. */
#include "tui/timeline/timeline.h"

#define TIMELINE_LEGEND 12u             /* cells at the right for the scale */

/* Under the curve, in a row of their own: letters of marks, numbers of snapshots, ^
 * for the cell `highest` (SIZE_MAX: the peak is not shown), @ for the cursor, * for
 * the anchor. `named`: with their texts, where there is room. */
void timeline_draw_stops(const struct timeline *timeline, const struct meter_span *span,
			 size_t highest, bool named, struct canvas *canvas, unsigned x,
			 unsigned y);
/* What these mean, as many as fit into the cells from x on. */
void timeline_draw_key(const struct timeline *timeline, const struct meter_span *span,
		       struct canvas *canvas, unsigned x, unsigned y, unsigned cells);
/* Whether anything of that needs an explanation. */
bool timeline_has_key(const struct timeline *timeline, const struct meter_span *span);

#endif
