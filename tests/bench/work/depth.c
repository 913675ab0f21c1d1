/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nanoseconds of this thread's CPU per malloc(64) and free on one hot path:
 *
 *	depth DEPTH SPLIT [PAIRS]
 *
 * SPLIT: two call paths in turn, which part above the SPLIT newest frames; 0
 * for the same stack all the time.  Prints one number.
 */
#include <stdio.h>
#include <time.h>
#include "tests/bench/work/work.h"

static unsigned split;

static NOINLINE void leaf(void)
{
	void *volatile block = malloc(64);

	free(block);
	KEEP_FRAME;
}

/* One frame a level. */
static NOINLINE void descend(unsigned level, unsigned way)
{
	if (level == 0)
		leaf();
	else if (level == split && way)
		descend(level - 1, way);
	else {
		descend(level - 1, way);
		__asm__ volatile("nop");        /* or the two become one */
	}
	KEEP_FRAME;
}

static NOINLINE double measure(unsigned levels, uint64_t pairs)
{
	struct timespec start, end;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
	for (uint64_t i = 0; i < pairs; i++)
		descend(levels, i & 1);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	return ((double)(end.tv_sec - start.tv_sec) * 1e9 +
		(double)(end.tv_nsec - start.tv_nsec)) / (double)pairs;
}

int main(int argc, char *argv[])
{
	unsigned depth = argc > 1 ? (unsigned)atoi(argv[1]) : 12;
	uint64_t pairs = argc > 3 ? strtoull(argv[3], NULL, 0) : 2000000;

	/* Counted without libc's two: main, measure, the first descend, leaf. */
	split = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
	depth = depth > 4 ? depth - 4 : 0;
	measure(depth, 10000);
	printf("%.1f\n", measure(depth, pairs));
	return 0;
}
