/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the workloads share: a size argument, a cheap random sequence that is
 * the same in each run, and the one thing that keeps calls calls.
 */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H
#include <stdint.h>
#include <stdlib.h>

#define NOINLINE __attribute__((noinline, noclone))
/* After a call: so that it is no tail call, and its frame stays. */
#define KEEP_FRAME __asm__ volatile("" ::: "memory")

static inline uint32_t work_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

/* The size argument: the first of the program, else the one given. */
static inline uint64_t work_size(int argc, char *argv[], uint64_t otherwise)
{
	return argc > 1 ? strtoull(argv[1], NULL, 0) : otherwise;
}
#endif
