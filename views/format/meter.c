/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A gauge fills a share of its cells.  The timeline is a row of columns, each as high as
 * the highest value in its stretch of time, so that a short peak is never lost.
 */
#include "views/format/meter.h"
#include <string.h>

static size_t meter_fill(char *out, size_t at, size_t size, char with, unsigned n)
{
	while (n-- && at + 1 < size)
		out[at++] = with;
	return at;
}

void meter_bar(double part, double whole, unsigned cells, char *out, size_t size)
{
	unsigned inner = cells >= 3 ? cells - 2 : 0, bars = 0;
	size_t at = 0;

	if (size == 0)
		return;
	if (inner && part > 0 && whole > 0) {
		double share = part >= whole ? inner : part / whole * inner;

		bars = (unsigned)share;
		if (bars == 0)
			bars = 1;
	}
	if (!inner)
		at = meter_fill(out, at, size, ' ', cells);
	else {
		at = meter_fill(out, at, size, '[', 1);
		at = meter_fill(out, at, size, '|', bars);
		at = meter_fill(out, at, size, ' ', inner - bars);
		at = meter_fill(out, at, size, ']', 1);
	}
	out[at] = '\0';
}

int meter_cell(const struct meter_span *span, double time)
{
	double length = span->to - span->from, cell;

	if (!span->cells || !(time >= span->from && time <= span->to))
		return -1;
	cell = length > 0 ? (time - span->from) / length * span->cells : 0;
	return cell >= span->cells ? (int)span->cells - 1 : (int)cell;
}

double meter_resample(const struct point *points, size_t length, const struct meter_span *span,
		      double *values)
{
	double last = 0, highest = 0;
	size_t at = 0;

	while (at < length && points[at].time < span->from)
		last = (double)points[at++].current;
	for (unsigned cell = 0; cell < span->cells; cell++) {
		values[cell] = last;
		for (; at < length && meter_cell(span, points[at].time) == (int)cell; at++) {
			/* If the peak is another than at the point before, it was reached
			 * between the two points. */
			bool moved = at && points[at].peak != points[at - 1].peak;

			last = (double)points[at].current;
			if (last > values[cell])
				values[cell] = last;
			if (moved && (double)points[at].peak > values[cell])
				values[cell] = (double)points[at].peak;
		}
		if (values[cell] > highest)
			highest = values[cell];
	}
	return highest;
}

void meter_curve(const double *values, unsigned cells, double top, unsigned row, unsigned rows,
		 bool ascii, char *out, size_t size)
{
	static const char blocks[9][4] = {" ",            "\xe2\x96\x81", "\xe2\x96\x82",
					  "\xe2\x96\x83", "\xe2\x96\x84", "\xe2\x96\x85",
					  "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88"};
	static const char marks[4][4] = {" ", ".", ":", "|"};
	int steps = ascii ? 3 : 8, base = (int)row * steps;
	size_t at = 0;

	for (unsigned i = 0; i < cells; i++) {
		double share = top > 0 && values[i] > 0 ? values[i] / top : 0;
		int level = (int)((share > 1 ? 1 : share) * rows * steps) - base;
		const char *cell;

		if (share > 0 && row == 0 && level < 1)
			level = 1;
		level = level < 0 ? 0 : level > steps ? steps : level;
		cell = ascii ? marks[level] : blocks[level];
		if (at + strlen(cell) >= size)
			break;
		memcpy(out + at, cell, strlen(cell));
		at += strlen(cell);
	}
	if (size)
		out[at] = '\0';
}

#define SPARK_MOST 64u                  /* cells */

void meter_spark(const float *values, unsigned length, unsigned cells, bool ascii, char *out,
		 size_t size)
{
	double highest[SPARK_MOST], top = 0;

	cells = cells < SPARK_MOST ? cells : SPARK_MOST;
	for (unsigned i = 0; i < cells; i++) {
		unsigned at = i * length / cells, end = (i + 1) * length / cells;

		highest[i] = (double)values[at];
		for (at++; at < end; at++)
			highest[i] = (double)values[at] > highest[i] ? (double)values[at] : highest[i];
		top = highest[i] > top ? highest[i] : top;
	}
	meter_curve(highest, cells, top, 0, 1, ascii, out, size);
}
