/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_INDEX_H
#define TRACER_HEAP_INDEX_H
/*
 * A hash index of ids whose contents live elsewhere: "which id looks like
 * this?".  Open addressing, linear probing, never deletes.  Zero-initialise.
 * Id 0 cannot be held.  One thread at a time.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_slot {
	uint32_t hash, id;              /* id 0: empty */
};

struct index {
	struct index_slot *slots;
	uint32_t mask;                  /* slots - 1, if slots */
	uint32_t used;
	_Atomic uint64_t bytes;         /* of slots; the one field others may read */
};

/* Is `id` what the caller looks for? */
typedef bool (*index_same)(const void *context, uint32_t id, const void *key);

/* The id that is the same as key, or 0. */
uint32_t index_find(const struct index *index, uint32_t hash, index_same same,
		    const void *context, const void *key);
/* Makes room for one more id.  0 or -ENOMEM. */
int index_reserve(struct index *index);
/* Adds an id that is not there yet; index_reserve made room. */
void index_add(struct index *index, uint32_t hash, uint32_t id);
/* In any thread. */
uint64_t index_bytes(const struct index *index);
void index_free(struct index *index);

/* A good mix of 64 bits into 32. */
static inline uint32_t index_mix(uint64_t value)
{
	value ^= value >> 32;
	value *= UINT64_C(0x9e3779b97f4a7c15);
	value ^= value >> 29;
	value *= UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(value >> 32);
}
/* FNV-1a, mixed. */
uint32_t index_hash_bytes(const void *bytes, size_t length);

#endif
