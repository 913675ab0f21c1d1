/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_CHUNK_H
#define TRACER_HEAP_CATALOG_CHUNK_H
/*
 * An array that only grows and never moves: segment k holds CHUNK_BASE << k elements, so
 * 25 pointers cover every 32-bit index, and a pointer to an element stays valid.  One
 * writer.  Readers need no lock: they load the segment's pointer with acquire, and learn
 * that an element is complete from a count or a flag that the array's owner publishes.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include "tracer/ground/large.h"

#define CHUNK_BASE 256u
#define CHUNK_SEGMENTS 25u

struct chunks {
	_Atomic(void *) segment[CHUNK_SEGMENTS];
};

/* The number of the segment that holds index i; *offset is the element's index in it. */
static inline unsigned chunk_locate(uint32_t i, size_t *offset)
{
	uint32_t group = i / CHUNK_BASE + 1;
	unsigned k = 31u - (unsigned)__builtin_clz(group);

	*offset = (size_t)i - (((size_t)1 << k) - 1) * CHUNK_BASE;
	return k;
}

/* The element, or NULL if its segment does not exist yet. */
static inline void *chunk_at(const struct chunks *chunks, size_t element, uint32_t i)
{
	size_t offset;
	unsigned k = chunk_locate(i, &offset);
	/* Pairs with chunk_reserve: the segment's zeroes are seen. */
	char *segment = atomic_load_explicit(&chunks->segment[k], memory_order_acquire);

	return segment ? segment + offset * element : NULL;
}

/* The same of an element that is there. */
static inline void *chunk_there(const struct chunks *chunks, size_t element, uint32_t i)
{
	size_t offset;
	unsigned k = chunk_locate(i, &offset);
	char *segment = atomic_load_explicit(&chunks->segment[k], memory_order_acquire);

	return segment + offset * element;
}

/* (writer) As chunk_at, but makes a missing segment, zeroed.  NULL: out of memory. */
static inline void *chunk_reserve(struct chunks *chunks, size_t element, uint32_t i)
{
	size_t offset;
	unsigned k = chunk_locate(i, &offset);
	char *segment = atomic_load_explicit(&chunks->segment[k], memory_order_relaxed);

	if (!segment) {
		segment = large_calloc((size_t)CHUNK_BASE << k, element);
		if (!segment)
			return NULL;
		/* Pairs with chunk_at. */
		atomic_store_explicit(&chunks->segment[k], segment, memory_order_release);
	}
	return segment + offset * element;
}

/* Bytes that all segments take together. */
static inline uint64_t chunk_bytes(const struct chunks *chunks, size_t element)
{
	uint64_t bytes = 0;

	for (unsigned k = 0; k < CHUNK_SEGMENTS; k++)
		if (atomic_load_explicit(&chunks->segment[k], memory_order_relaxed))
			bytes += ((uint64_t)CHUNK_BASE << k) * element;
	return bytes;
}

static inline void chunk_free(struct chunks *chunks)
{
	for (unsigned k = 0; k < CHUNK_SEGMENTS; k++)
		free(atomic_load_explicit(&chunks->segment[k], memory_order_relaxed));
}

#endif
