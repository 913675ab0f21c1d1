/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TIMELINE_SERIES_H
#define TUI_TIMELINE_SERIES_H
/* The points of a run and the ticks of its history as one series, both by rising time. */
#include <stdbool.h>
#include "tracer/heap/catalog/program.h"
#include "views/format/meter.h"

/* Zeroed at first; `of` is from malloc. */
struct series {
	struct point *of;
	size_t length, room;
};

/* Makes it that of these.  Ticks know no RSS: they get that of the point before them.
 * False: out of memory, and it is what it was. */
bool series_merge(struct series *series, const struct point *points, size_t points_length,
		  const struct tick *ticks, size_t ticks_length);

/* The highest RSS within each cell of the span; a cell without a point carries the
 * last one on; 0 where it was not known.  The highest of all. */
double series_rss(const struct point *points, size_t length, const struct meter_span *span,
		  double *values);

#endif
