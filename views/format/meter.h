/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FORMAT_METER_H
#define VIEWS_FORMAT_METER_H
/*
 * Gauges and the timeline as text, one string of exactly `cells` cells each.
 * Pure arithmetic; the screens only place and colour it.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tracer/heap/catalog/program.h"

/* The bytes that a string of this many cells needs, with its NUL. */
#define METER_BYTES(cells) ((size_t)(cells) * 3 + 1)

/* A stretch of time that is drawn in a number of cells. */
struct meter_span {
	double from, to;                /* seconds since start; to >= from */
	unsigned cells;
};

/* "[||||||    ]" in `cells` cells, including both brackets (only spaces for fewer than
 * 3).  Anything above zero shows at least one bar, and the gauge is full only if part >=
 * whole. */
void meter_bar(double part, double whole, unsigned cells, char *out, size_t size);

/* The highest `current` within each cell, including peaks between points.  A cell without
 * a point repeats the last value, and cells before the first point are 0.  Points must be
 * sorted by time.  Returns the highest value. */
double meter_resample(const struct point *points, size_t length, const struct meter_span *span,
		      double *values);

/* Row `row` (0 is the lowest) of a curve that is `rows` high: in eighths of a block, or
 * in thirds as ASCII " .:|".  Anything above zero shows in the lowest row. */
void meter_curve(const double *values, unsigned cells, double top, unsigned row, unsigned rows,
		 bool ascii, char *out, size_t size);

/* A curve of `length` values, at least 1, in one line of `cells` cells.  Of the values
 * that share a cell the highest counts, and the highest of all reaches the top.  Uses the
 * characters of meter_curve. */
void meter_spark(const float *values, unsigned length, unsigned cells, bool ascii, char *out,
		 size_t size);

/* The cell that a time is in; -1 outside of the span. */
int meter_cell(const struct meter_span *span, double time);

#endif
