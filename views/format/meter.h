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

/* Bytes that a string of so many cells needs, with its NUL. */
#define METER_BYTES(cells) ((size_t)(cells) * 3 + 1)

/* A stretch of time drawn over so many cells. */
struct meter_span {
	double from, to;                /* seconds since start; to >= from */
	unsigned cells;
};

/* "[||||||    ]" with both brackets in `cells` (at least 3, else nothing but
 * spaces).  Something that is not zero shows one bar; full only if part >= whole. */
void meter_bar(double part, double whole, unsigned cells, char *out, size_t size);

/* The highest `current` within each cell, peaks between points too; a cell without a
 * point carries the last value on; cells before the first point are 0.  Points by
 * rising time. Returns the highest of all. */
double meter_resample(const struct point *points, size_t length, const struct meter_span *span,
		      double *values);

/* Row `row` (0 the lowest) of a curve `rows` high: eighth blocks, or in ASCII
 * " .:|" thirds.  What is not zero shows in the lowest row. */
void meter_curve(const double *values, unsigned cells, double top, unsigned row, unsigned rows,
		 bool ascii, char *out, size_t size);

/* A curve of `length` values, from 1 on, in one line of `cells` cells: of those that
 * fall into one the highest, the highest of all at the top.  Looks as meter_curve
 * does. */
void meter_spark(const float *values, unsigned length, unsigned cells, bool ascii, char *out,
		 size_t size);

/* The cell that a time falls into; -1 outside the span. */
int meter_cell(const struct meter_span *span, double time);

#endif
