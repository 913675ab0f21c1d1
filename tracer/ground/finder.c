/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each value's hash stands beside it, so that growing never has to look at what the
 * values stand for, and most misses end without a call of `same`. */
#include "tracer/ground/finder.h"
#include <stdlib.h>
#include "tracer/ground/large.h"

#define FIRST_SLOTS 64u

uint32_t finder_find(const struct finder *finder, uint32_t hash, finder_same same,
		     const void *context, const void *key)
{
	uint32_t value;

	for (size_t at = hash; (value = finder_next(finder, hash, &at));) {
		if (same(context, value, key))
			return value;
	}
	return 0;
}

static void slot_set(const struct finder *finder, struct finder_slot slot)
{
	size_t at = slot.hash;

	while (finder->slots[at & finder->mask].value)
		at++;
	finder->slots[at & finder->mask] = slot;
}

static bool finder_grow(struct finder *finder, size_t length)
{
	struct finder bigger = {.slots = large_calloc(length, sizeof(*finder->slots)),
				.mask = length - 1};

	if (!bigger.slots)
		return false;
	for (size_t i = 0; finder->slots && i <= finder->mask; i++) {
		if (finder->slots[i].value)
			slot_set(&bigger, finder->slots[i]);
	}
	free(finder->slots);
	finder->slots = bigger.slots;
	finder->mask = bigger.mask;
	atomic_store_explicit(&finder->bytes, length * sizeof(*finder->slots),
			      memory_order_relaxed);
	return true;
}

bool finder_reserve(struct finder *finder, size_t values)
{
	size_t length = finder->slots ? finder->mask + 1 : FIRST_SLOTS;

	while (length / 4 * 3 <= values) {
		if (length > UINT32_MAX)
			return false;
		length *= 2;
	}
	return (finder->slots && length == finder->mask + 1) || finder_grow(finder, length);
}

bool finder_put(struct finder *finder, uint32_t hash, uint32_t value)
{
	if (!finder_room(finder))
		return false;
	slot_set(finder, (struct finder_slot){hash, value});
	finder->used++;
	return true;
}

void finder_free(struct finder *finder)
{
	free(finder->slots);
	*finder = (struct finder){0};
}

uint32_t hash_bytes(const void *bytes, size_t length)
{
	const unsigned char *p = bytes;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash_mix(hash, 0);
}
