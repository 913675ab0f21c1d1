/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_FINDER_H
#define TRACER_GROUND_FINDER_H
/*
 * Finds numbers by a hash of the things that they stand for, which lie elsewhere.  Open
 * addressing with linear probing; the hash of each number stands beside it, and nothing
 * is ever deleted.  Zero-initialise.  The number 0 cannot be held.  One thread at a time.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct finder_slot {
	uint32_t hash, value;           /* value 0: empty */
};

struct finder {
	struct finder_slot *slots;
	size_t mask, used;              /* mask + 1 slots, a power of two, if there are any */
	_Atomic uint64_t bytes;         /* size of `slots`; other threads may read this
					 * field alone */
};

/* Walks the values that were put under `hash`: start with *at = hash.  Returns 0 when
 * there are no more. */
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

/* Whether `value` stands for the same thing as `key`. */
typedef bool (*finder_same)(const void *context, uint32_t value, const void *key);
/* Returns the value that stands for the same thing as `key`, or 0. */
uint32_t finder_find(const struct finder *finder, uint32_t hash, finder_same same,
		     const void *context, const void *key);

/* Makes room for `values` values in all.  False: out of memory. */
bool finder_reserve(struct finder *finder, size_t values);
/* Makes room for one more value.  False: out of memory. */
static inline bool finder_room(struct finder *finder)
{
	return (finder->slots && finder->used < finder->mask / 4 * 3) ||
	       finder_reserve(finder, finder->used + 1);
}
/* Adds a value, which must not be 0 and not be there yet.  False: out of memory, which
 * cannot happen right after finder_room. */
bool finder_put(struct finder *finder, uint32_t hash, uint32_t value);

void finder_free(struct finder *finder);

/* Mixes one or two 64-bit words into 32 bits, with multiplications of MurmurHash3's
 * finaliser. */
static inline uint32_t hash_mix(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd;

	h = (h ^ (h >> 32) ^ b) * 0xc4ceb9fe1a85ec53;
	return (uint32_t)(h >> 32);
}
/* The FNV-1a hash of the bytes, mixed into 32 bits. */
uint32_t hash_bytes(const void *bytes, size_t length);

#endif
