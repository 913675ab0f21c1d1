/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The index keeps each id's hash beside it, so that growing never has to look
 * at what the ids stand for, and most misses end without a call of `same`.
 */
#include "tracer/heap/index.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define FIRST_SLOTS 64u

uint32_t index_find(const struct index *index, uint32_t hash, index_same same,
		    const void *context, const void *key)
{
	if (!index->slots)
		return 0;
	for (uint32_t at = hash & index->mask; index->slots[at].id; at = (at + 1) & index->mask) {
		const struct index_slot *slot = &index->slots[at];

		if (slot->hash == hash && same(context, slot->id, key))
			return slot->id;
	}
	return 0;
}

static void insert(struct index *index, struct index_slot slot)
{
	uint32_t at = slot.hash & index->mask;

	while (index->slots[at].id)
		at = (at + 1) & index->mask;
	index->slots[at] = slot;
}

static int grow(struct index *index, uint32_t slots)
{
	struct index_slot *old = index->slots;
	uint32_t old_length = old ? index->mask + 1 : 0;
	struct index_slot *bigger = calloc(slots, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	index->slots = bigger;
	index->mask = slots - 1;
	for (uint32_t at = 0; at < old_length; at++)
		if (old[at].id)
			insert(index, old[at]);
	free(old);
	atomic_store_explicit(&index->bytes, slots * sizeof(*bigger), memory_order_relaxed);
	return 0;
}

int index_reserve(struct index *index)
{
	if (!index->slots)
		return grow(index, FIRST_SLOTS);
	if (index->used < index->mask / 4 * 3)
		return 0;
	if (index->mask >= UINT32_MAX / 2)
		return -ENOMEM;
	return grow(index, (index->mask + 1) * 2);
}

void index_add(struct index *index, uint32_t hash, uint32_t id)
{
	assert(id && index->slots && index->used < index->mask);
	insert(index, (struct index_slot){ .hash = hash, .id = id });
	index->used++;
}

uint64_t index_bytes(const struct index *index)
{
	return atomic_load_explicit(&index->bytes, memory_order_relaxed);
}

void index_free(struct index *index)
{
	free(index->slots);
	index->slots = NULL;
}

uint32_t index_hash_bytes(const void *bytes, size_t length)
{
	const unsigned char *p = bytes;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return index_mix(hash);
}
