/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/ground/large.h"
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "tracer/ground/shared/older.h"
#include "tracer/ground/shared/page.h"

#define LARGE ((uintptr_t)2 << 20)
#define LINE ((size_t)64)

void *large_pages(void *memory, size_t bytes)
{
	uintptr_t from = ((uintptr_t)memory + LARGE - 1) / LARGE * LARGE;
	uintptr_t to = ((uintptr_t)memory + bytes) / LARGE * LARGE;
	int kept = errno;

	/* Only whole ones: what lies around them may be anybody's. */
	if (memory && from < to)
		madvise((void *)from, to - from, MADV_HUGEPAGE);
	errno = kept;
	return memory;
}

void *large_aligned(size_t bytes)
{
	return large_pages(aligned_alloc(bytes < LARGE ? LINE : LARGE, bytes), bytes);
}

void *large_malloc(size_t bytes)
{
	return large_pages(malloc(bytes), bytes);
}

void *large_calloc(size_t count, size_t item)
{
	return large_pages(calloc(count, item), count * item);
}

bool large_populate(void *memory, size_t bytes)
{
	uintptr_t from = page_begin((uintptr_t)memory), to = page_end((uintptr_t)memory + bytes);
	int kept = errno;
	bool found = madvise((void *)from, to - from, MADV_POPULATE_WRITE) == 0;

	errno = kept;
	return found;
}
