/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_HEAP_RANDOM_PROGRAMS_H
#define TESTS_UNIT_HEAP_RANDOM_PROGRAMS_H
/* Random programs, each from a number of its own: PROGRAMS=100000 goes on for longer and
 * prints each number, SEED=N begins with another one. */
#include <stdio.h>
#include <stdlib.h>
#include "tests/random.h"

static inline unsigned long random_wanted(const char *name, unsigned long otherwise)
{
	return getenv(name) ? strtoul(getenv(name), NULL, 10) : otherwise;
}

static inline void random_programs(unsigned long count, void (*program)(unsigned number))
{
	unsigned long first = random_wanted("SEED", 1), end = first + random_wanted("PROGRAMS", count);

	for (unsigned long i = first; i < end; i++) {
		random_begin(i);
		if (getenv("PROGRAMS"))
			printf("SEED=%lu\n", i);
		program((unsigned)i);
	}
}

#endif
