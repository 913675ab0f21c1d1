/* SPDX-License-Identifier: MIT */
/* Bits of the hash choose the bucket of a word in each level. */
#include "tracer/preload/base/blocks.h"
#include <stddef.h>
#include "tracer/preload/base/arena.h"

#define FIRST_BITS 10u                  /* buckets of level 0: 64 KiB */

static uint64_t level_buckets(unsigned k) { return UINT64_C(1) << (FIRST_BITS + k); }

static struct blocks_bucket *blocks_level_of(const struct blocks *set, unsigned k)
{
	return atomic_load_explicit(&set->level[k], memory_order_acquire);
}

static struct blocks_bucket *bucket_of(struct blocks_bucket *level, unsigned k, uint64_t word)
{
	return &level[blocks_hash(word) >> 20 & (level_buckets(k) - 1)];
}

/* Puts `to` into the slot that holds `from`.  False: no slot of the bucket holds it. */
static bool bucket_swap(struct blocks_bucket *bucket, uint64_t from, uint64_t to)
{
	for (unsigned i = 0; i < BLOCKS_SLOTS; i++) {
		uint64_t expected = from;

		if (atomic_load_explicit(&bucket->word[i], memory_order_relaxed) == from &&
		    atomic_compare_exchange_strong(&bucket->word[i], &expected, to))
			return true;
	}
	return false;
}

static struct blocks_bucket *level_make(struct blocks *set, unsigned k)
{
	const uint64_t bytes = level_buckets(k) * sizeof(struct blocks_bucket);
	struct blocks_bucket *there = NULL, *made = arena_map(bytes);

	if (!made)
		return NULL;
	if (atomic_compare_exchange_strong(&set->level[k], &there, made))
		return made;
	arena_unmap(made, bytes);
	return there;
}

bool blocks_add(struct blocks *set, uint64_t word)
{
	for (unsigned k = 0; k < BLOCKS_LEVELS; k++) {
		struct blocks_bucket *level = blocks_level_of(set, k);

		if (!level && !(level = level_make(set, k)))
			return false;
		if (bucket_swap(bucket_of(level, k, word), 0, word))
			return true;
	}
	return false;
}

bool blocks_remove(struct blocks *set, uint64_t word)
{
	for (unsigned k = 0; k < BLOCKS_LEVELS; k++) {
		struct blocks_bucket *level = blocks_level_of(set, k);

		if (!level)
			return false;
		if (bucket_swap(bucket_of(level, k, word), word, 0))
			return true;
	}
	return false;
}

void blocks_clear(struct blocks *set)
{
	for (unsigned k = 0; k < BLOCKS_LEVELS; k++) {
		struct blocks_bucket *level = blocks_level_of(set, k);

		if (level)
			arena_wipe(level, level_buckets(k) * sizeof(struct blocks_bucket));
	}
}

bool blocks_has(const struct blocks *set, uint64_t word)
{
	for (unsigned k = 0; k < BLOCKS_LEVELS; k++) {
		struct blocks_bucket *level = blocks_level_of(set, k);
		const struct blocks_bucket *bucket = level ? bucket_of(level, k, word) : NULL;

		if (!bucket)
			return false;
		for (unsigned i = 0; i < BLOCKS_SLOTS; i++)
			if (atomic_load_explicit(&bucket->word[i], memory_order_relaxed) == word)
				return true;
	}
	return false;
}

/* Bucket number `at`, counted through all levels that there are; NULL: past the last. */
static const struct blocks_bucket *bucket_at(const struct blocks *set, uint64_t at)
{
	for (unsigned k = 0; k < BLOCKS_LEVELS && blocks_level_of(set, k); k++) {
		if (at < level_buckets(k))
			return &blocks_level_of(set, k)[at];
		at -= level_buckets(k);
	}
	return NULL;
}

uint64_t blocks_next(const struct blocks *set, uint64_t *at, uint64_t mask, uint64_t bits,
		     unsigned buckets)
{
	for (; buckets > 0; buckets--, ++*at) {
		const struct blocks_bucket *bucket = bucket_at(set, *at);

		if (!bucket)
			bucket = bucket_at(set, *at = 0);
		for (unsigned i = 0; bucket && i < BLOCKS_SLOTS; i++) {
			uint64_t word = atomic_load_explicit(&bucket->word[i],
							     memory_order_relaxed);

			if (word && (word & mask) == bits)
				return word;
		}
	}
	return 0;
}
