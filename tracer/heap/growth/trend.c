/* SPDX-License-Identifier: GPL-3.0-or-later */
/* There are few points, so the slopes of all pairs are simply sorted. */
#include "tracer/heap/growth/trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS (TREND_MAX * (TREND_MAX - 1) / 2)
#define NUMBERS_MAX 64u
#define QUANTILE 1.96                   /* of the normal distribution, 95 %, two-sided */

static int trend_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(const double *sorted, unsigned length)
{
	if (!length)
		return 0;
	return (sorted[(length - 1) / 2] + sorted[length / 2]) / 2;
}

double trend_median(const double *numbers, unsigned length)
{
	double sorted[NUMBERS_MAX];

	length = length < NUMBERS_MAX ? length : NUMBERS_MAX;
	memcpy(sorted, numbers, length * sizeof(*sorted));
	qsort(sorted, length, sizeof(*sorted), trend_compare);
	return middle(sorted, length);
}

struct trend trend_of(const double *x, const double *y, unsigned points)
{
	double slopes[PAIRS], n = points;
	unsigned pairs = 0;

	for (unsigned i = 0; i < points; i++)
		for (unsigned j = i + 1; j < points; j++)
			if (x[j] > x[i])
				slopes[pairs++] = (y[j] - y[i]) / (x[j] - x[i]);
	if (!pairs)
		return (struct trend){ 0 };
	qsort(slopes, pairs, sizeof(*slopes), trend_compare);
	/* By so many pairs, according to the variance of tau, chance may shift either
	 * end. */
	double reach = QUANTILE * sqrt(n * (n - 1) * (2 * n + 5) / 18);
	double at = (pairs - reach) / 2;
	unsigned low = at > 0 ? (unsigned)at : 0;

	return (struct trend){ middle(slopes, pairs), slopes[low], slopes[pairs - 1 - low] };
}
