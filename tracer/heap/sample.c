/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights of sampled blocks, and the error of their sums. */
#include "tracer/heap/sample.h"

#include <math.h>

/* Blocks of size 0 are sampled as if they had one byte. */
static double share(uint64_t every, double size)
{
	return (size >= 1 ? size : 1) / (double)every;
}

/* Rounds a number such that its fraction f becomes 1 for a share f of all values of
 * `dice`. */
static uint64_t round_by(double number, uint64_t dice)
{
	double whole = floor(number);

	return (uint64_t)whole + ((double)(dice >> 11) * 0x1p-53 < number - whole);
}

struct sample_weight sample_weigh(uint64_t every, uint64_t address, uint64_t size)
{
	double weight = -1 / expm1(-share(every, (double)size));
	uint64_t dice = (address ^ size << 48) * UINT64_C(0x9e3779b97f4a7c15);

	dice = (dice ^ dice >> 32) * UINT64_C(0xd6e8feb86659fd93);
	dice ^= dice >> 32;
	return (struct sample_weight){
		.size = round_by((double)size * weight, dice),
		.count = round_by(weight, dice * UINT64_C(0xbf58476d1ce4e5b9)),
	};
}

/* The variance of one block's estimate, computed from itself: size^2 (1 - p) / p^2, which
 * is the bytes that it stands for times size / (exp(size / every) - 1). */
double sample_variance(uint64_t every, uint64_t size, uint64_t count)
{
	if (!every || !size || !count)
		return 0;
	double mean = (double)size / (double)count;

	return (double)size * mean / expm1(share(every, mean));
}
