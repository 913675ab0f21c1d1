/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TIMELINE_SERIES_H
#define TUI_TIMELINE_SERIES_H
/* The points of a run and the ticks of its history merged into one series, sorted by
 * time. */
#include <stdbool.h>
#include "tracer/heap/catalog/program.h"
#include "views/format/meter.h"

/* Zeroed at first; `of` is from malloc. */
struct series {
	struct point *of;
	size_t length, room;
};

/* Merges these two.  Ticks have no RSS, and get that of the point before them.  False:
 * out of memory, and the series is unchanged. */
bool series_merge(struct series *series, const struct point *points, size_t points_length,
		  const struct tick *ticks, size_t ticks_length);

/* The highest RSS within each cell of the span.  A cell without a point repeats the last
 * value, which is 0 before it is known.  Returns the highest of all. */
double series_rss(const struct point *points, size_t length, const struct meter_span *span,
		  double *values);

#endif
