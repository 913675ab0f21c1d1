/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_SPARSE_H
#define VIEWS_SPARSE_H
/*
 * Two containers for ids.  A sparse is an array of 2^32 numbers of which only
 * the pages that were touched exist: a memo by id, whatever ids a recording
 * holds.  A finder finds numbers by a hash of what they stand for.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of an id: 6, 8, 8 choose the page, 10 the place on it. */
struct sparse {
	uint32_t ***upper[64];
};

/* Makes the place of `id`.  NULL: out of memory. */
uint32_t *sparse_make(struct sparse *sparse, uint32_t id);
void sparse_free(struct sparse *sparse);

static inline uint32_t *sparse_page(const struct sparse *sparse, uint32_t id)
{
	uint32_t ***upper = sparse->upper[id >> 26];
	uint32_t **lower = upper ? upper[id >> 18 & 255] : NULL;

	return lower ? lower[id >> 10 & 255] : NULL;
}

/* The place of `id`, 0 at first; it stays there.  NULL: out of memory. */
static inline uint32_t *sparse_at(struct sparse *sparse, uint32_t id)
{
	uint32_t *page = sparse_page(sparse, id);

	return page ? page + (id & 1023) : sparse_make(sparse, id);
}

/* The value of `id` without making a place for it; 0 if it has none. */
static inline uint32_t sparse_get(const struct sparse *sparse, uint32_t id)
{
	const uint32_t *page = sparse_page(sparse, id);

	return page ? page[id & 1023] : 0;
}

struct finder_slot {
	uint32_t hash, value;           /* value 0: empty */
};

struct finder {
	struct finder_slot *slots;
	size_t mask, used;              /* mask + 1 slots, a power of two; 0: none yet */
};

/* Walks the values that were put under `hash`: begin with *at = hash; 0: no more. */
static inline uint32_t finder_next(const struct finder *finder, uint32_t hash, size_t *at)
{
	while (finder->slots) {
		struct finder_slot slot = finder->slots[*at & finder->mask];

		if (!slot.value)
			break;
		++*at;
		if (slot.hash == hash)
			return slot.value;
	}
	return 0;
}

/* Adds a value that is not 0.  False: out of memory. */
bool finder_put(struct finder *finder, uint32_t hash, uint32_t value);
/* Room for so many values.  False: out of memory. */
bool finder_reserve(struct finder *finder, size_t values);
void finder_free(struct finder *finder);

/* Room for `need` items in a growing array: doubles *room; false: out of memory. */
bool array_double(void *array, size_t *room, size_t need, size_t item);
static inline bool array_grow(void *array, size_t *room, size_t need, size_t item)
{
	return need <= *room || array_double(array, room, need, item);
}

static inline uint32_t hash_mix(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd;

	h = (h ^ (h >> 32) ^ b) * 0xc4ceb9fe1a85ec53;
	return (uint32_t)(h >> 32);
}

#endif
