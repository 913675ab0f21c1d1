/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_H
#define TRACER_HEAP_LIVE_H
/*
 * Address -> {size, tally} of every live block: 16 bytes an entry, open
 * addressing, in 512 shards that grow and shrink one by one, so that no event
 * ever waits for more than one small shard to be rehashed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIVE_SHARD_BITS 9
#define LIVE_SHARDS (1u << LIVE_SHARD_BITS)

struct live_entry {
	uint64_t high;                  /* address << 16 | tally >> 16; 0: empty */
	uint64_t low;                   /* size << 16 | tally's low half */
};

struct live_shard {
	struct live_entry *entries;
	uint32_t capacity, used;
};

struct live {
	struct live_shard shards[LIVE_SHARDS];
	uint64_t blocks;
	uint64_t capacity;              /* of all shards, in entries */
};

struct live_block {
	uint64_t size;                  /* bytes, below 2^48 */
	uint32_t tally;
};

/* On a zeroed struct; live_free ends it. */
void live_free(struct live *live);

/* Addresses are not 0 and below 2^48.  False: no such block. */
bool live_find(const struct live *live, uint64_t address, struct live_block *block);
/* Adds a block, or replaces one: then 1 and *old.  Else 0, or -ENOMEM. */
int live_put(struct live *live, uint64_t address, const struct live_block *block,
	     struct live_block *old);
/* Takes a block out into *block; false: no such block. */
bool live_take(struct live *live, uint64_t address, struct live_block *block);
/* Books the block under another tally, if it is there under `from`. */
void live_rebook(struct live *live, uint64_t address, uint32_t from, uint32_t to);
uint64_t live_bytes(const struct live *live);

static inline uint64_t live_hash(uint64_t address)
{
	return address * UINT64_C(0x9e3779b97f4a7c15);
}

/* The high bits choose the shard, the next 32 the place in it. */
static inline uint32_t live_home(const struct live_shard *shard, uint64_t hash)
{
	return (uint32_t)(((hash >> (32 - LIVE_SHARD_BITS) & UINT32_MAX) * shard->capacity) >> 32);
}

/* Inlined by order: gcc takes a call that only prefetches for one without
 * effect, and drops it. */
__attribute__((always_inline))
static inline void live_prefetch(const struct live *live, uint64_t address)
{
	uint64_t hash = live_hash(address);
	const struct live_shard *shard = &live->shards[hash >> (64 - LIVE_SHARD_BITS)];

	if (shard->entries)
		__builtin_prefetch(&shard->entries[live_home(shard, hash)], 1);
}

#endif
