/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H
/* Numbers that look random and are the same in each run: xorshift64 (G. Marsaglia,
 * "Xorshift RNGs", Journal of Statistical Software 8(14), 2003). */
#include <stdint.h>

static uint64_t seed = 88172645463325252u;

static inline uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

/* The same numbers from here on for the same number, others for another one. */
static inline void random_begin(uint64_t number)
{
	seed = number * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

static inline uint64_t pick(uint64_t below) { return (next_random() >> 11) % below; }

#endif
