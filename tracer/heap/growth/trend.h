/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_GROWTH_TREND_H
#define TRACER_HEAP_GROWTH_TREND_H
/*
 * Slopes that single outliers do not move: the median of the slopes of all pairs of
 * points (Theil 1950), with the interval that Kendall's tau gives it (Sen 1968,
 * "Estimates of the regression coefficient based on Kendall's tau", JASA 63).
 */

#define TREND_MAX 12u                   /* points */

struct trend {
	double slope;                   /* change of y for each unit of x */
	double low, high;               /* its 95 % interval */
};

/* The trend of 2 to TREND_MAX points.  x ascends; points of equal x form no pair. */
struct trend trend_of(const double *x, const double *y, unsigned points);
/* The median of up to 64 numbers; 0 if there are none. */
double trend_median(const double *numbers, unsigned length);

#endif
