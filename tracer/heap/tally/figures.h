/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_FIGURES_H
#define TRACER_HEAP_TALLY_FIGURES_H
/* What is counted of a group of blocks. */
#include <stdint.h>

struct figures {
	uint64_t size;                  /* bytes of live blocks */
	uint64_t count;                 /* live blocks */
	uint64_t allocations;           /* ever; frees = allocations - count */
	uint64_t total;                 /* bytes ever */
	uint64_t temporary;             /* freed by the thread's next event */
};

/* Each of them, for what is done to all: X(name). */
#define FIGURES_EACH(X) X(size) X(count) X(allocations) X(total) X(temporary)

#define FIGURES_ONE(name) +1
_Static_assert(sizeof(struct figures) == 8 * (0 FIGURES_EACH(FIGURES_ONE)), "all of them");
#undef FIGURES_ONE

/* Adds what a tracer counted, which can't overflow.  A recording may hold any numbers:
 * views/row/sum.h. */
static inline void figures_add(struct figures *to, const struct figures *from)
{
#define FIGURES_ADD(name) to->name += from->name;
	FIGURES_EACH(FIGURES_ADD)
#undef FIGURES_ADD
}

/* Live blocks by size: up to 32 bytes, 256, 2 KiB, 16 KiB, 128 KiB, 1 MiB,
 * 8 MiB, and larger. */
#define SIZE_CLASSES 8u

static inline unsigned size_class(uint64_t size)
{
	/* By the highest bit of size - 1; without branches, as sizes alternate. */
	static const uint8_t classes[64] = {
		0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 7,
		7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
		7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
	};

	return classes[63 - __builtin_clzll((size - (size != 0)) | 1)];
}

/* The largest size that is of this class; UINT64_MAX for the last one, which has no
 * end. */
static inline uint64_t size_class_end(unsigned class)
{
	return class + 1 < SIZE_CLASSES ? UINT64_C(32) << 3 * class : UINT64_MAX;
}

#endif
