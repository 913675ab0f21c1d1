/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_FIGURES_H
#define TRACER_HEAP_TALLY_FIGURES_H
/* What is counted of blocks that have something in common. */
#include <stdint.h>

struct figures {
	uint64_t size;                  /* bytes of live blocks */
	uint64_t count;                 /* live blocks */
	uint64_t allocations;           /* ever; frees = allocations - count */
	uint64_t total;                 /* bytes ever */
	uint64_t temporary;             /* freed by the thread's next event */
};

/* Live blocks by size: up to 32 bytes, 256, 2 KiB, 16 KiB, 128 KiB, 1 MiB,
 * 8 MiB, and larger. */
#define SIZE_CLASSES 8u

static inline unsigned size_class(uint64_t size)
{
	unsigned bits = size > 8 ? 64 - (unsigned)__builtin_clzll(size - 1) : 3;

	return bits < 24 ? (bits - 3) / 3 : SIZE_CLASSES - 1;
}

/* The largest size of a class; the last has none: UINT64_MAX. */
static inline uint64_t size_class_end(unsigned class)
{
	return class + 1 < SIZE_CLASSES ? UINT64_C(32) << 3 * class : UINT64_MAX;
}

void figures_add(struct figures *to, const struct figures *from);

#endif
