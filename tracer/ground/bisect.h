/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_BISECT_H
#define TRACER_GROUND_BISECT_H
/* Binary search in anything that is sorted (Knuth, The Art of Computer Programming 3,
 * 6.2.1). */
#include <stddef.h>

/* Sets the variable `at` to the first of 0 to length - 1 for which `before`, an
 * expression of `at`, is false, or to length if there is none.  From that index on
 * `before` must be false. */
#define BISECT(at, length, before) \
	do { \
		size_t bisect_low = 0, bisect_high = (length); \
		while (bisect_low < bisect_high) { \
			(at) = bisect_low + (bisect_high - bisect_low) / 2; \
			if (before) \
				bisect_low = (at) + 1; \
			else \
				bisect_high = (at); \
		} \
		(at) = bisect_low; \
	} while (0)

#endif
