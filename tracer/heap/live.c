/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A shard is a ring of entries; a block stands at its home or, linear probing,
 * soon after.  Taking one out moves later ones back over the hole, so there
 * are no tombstones and a probe ends at the first empty entry.  Load stays
 * between 1/2 and 7/10: 23 to 32 bytes a block, 26 on average.
 */
#include "tracer/heap/live.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define FIRST_CAPACITY 16u
#define ADDRESS_LIMIT (UINT64_C(1) << 48)

static struct live_shard *shard_of(const struct live *live, uint64_t hash)
{
	return (struct live_shard *)(uintptr_t)&live->shards[hash >> (64 - LIVE_SHARD_BITS)];
}

static uint64_t entry_address(const struct live_entry *entry)
{
	return entry->high >> 16;
}

static struct live_block entry_block(const struct live_entry *entry)
{
	return (struct live_block){
		.size = entry->low >> 16,
		.tally = (uint32_t)((entry->high & 0xffff) << 16 | (entry->low & 0xffff)),
	};
}

static struct live_entry entry_make(uint64_t address, const struct live_block *block)
{
	return (struct live_entry){
		.high = address << 16 | block->tally >> 16,
		.low = block->size << 16 | (block->tally & 0xffff),
	};
}

static uint32_t next_place(const struct live_shard *shard, uint32_t at)
{
	return at + 1 == shard->capacity ? 0 : at + 1;
}

/* Where the address stands, or the empty entry where it would. */
static uint32_t probe(const struct live_shard *shard, uint64_t address, uint64_t hash)
{
	uint32_t at = live_home(shard, hash);

	while (shard->entries[at].high && entry_address(&shard->entries[at]) != address)
		at = next_place(shard, at);
	return at;
}

static int resize(struct live *live, struct live_shard *shard, uint32_t capacity)
{
	struct live_shard bigger = { .capacity = capacity, .used = shard->used };

	assert(capacity > shard->used);
	bigger.entries = calloc(capacity, sizeof(*bigger.entries));
	if (!bigger.entries)
		return -ENOMEM;
	for (uint32_t at = 0; at < shard->capacity; at++) {
		const struct live_entry *entry = &shard->entries[at];
		uint64_t address = entry_address(entry);

		if (address)
			bigger.entries[probe(&bigger, address, live_hash(address))] = *entry;
	}
	live->capacity += capacity;
	live->capacity -= shard->capacity;
	free(shard->entries);
	*shard = bigger;
	return 0;
}

/* Makes sure that one more entry leaves one empty.  Without memory it goes on
 * with a fuller shard as long as there is one place to spare. */
static int make_room(struct live *live, struct live_shard *shard)
{
	uint64_t capacity = shard->capacity;

	if (shard->used + 1 <= capacity / 10 * 7)
		return 0;
	capacity = capacity ? capacity + capacity / 4 + 4 : FIRST_CAPACITY;
	if (capacity <= UINT32_MAX && !resize(live, shard, (uint32_t)capacity))
		return 0;
	return shard->used + 1 < shard->capacity ? 0 : -ENOMEM;
}

/* Shrinks to a load of about 2/3 what fell below 1/2; failing costs nothing. */
static void give_back(struct live *live, struct live_shard *shard)
{
	if (shard->capacity > 2 * FIRST_CAPACITY && shard->used < shard->capacity / 2)
		resize(live, shard, shard->used + shard->used / 2 + 1);
}

static void close_hole(struct live_shard *shard, uint32_t hole)
{
	struct live_entry *entries = shard->entries;

	for (uint32_t at = next_place(shard, hole); entries[at].high; at = next_place(shard, at)) {
		uint32_t home = live_home(shard, live_hash(entry_address(&entries[at])));
		uint32_t from_home = at >= home ? at - home : at + shard->capacity - home;
		uint32_t from_hole = at >= hole ? at - hole : at + shard->capacity - hole;

		if (from_home >= from_hole) {
			entries[hole] = entries[at];
			hole = at;
		}
	}
	entries[hole] = (struct live_entry){ 0 };
}

void live_free(struct live *live)
{
	for (uint32_t i = 0; i < LIVE_SHARDS; i++)
		free(live->shards[i].entries);
	*live = (struct live){ 0 };
}

static struct live_entry *find(const struct live *live, uint64_t address)
{
	uint64_t hash = live_hash(address);
	struct live_shard *shard = shard_of(live, hash);

	if (!shard->used)
		return NULL;
	struct live_entry *entry = &shard->entries[probe(shard, address, hash)];

	return entry->high ? entry : NULL;
}

bool live_find(const struct live *live, uint64_t address, struct live_block *block)
{
	const struct live_entry *entry = find(live, address);

	if (entry)
		*block = entry_block(entry);
	return entry;
}

int live_put(struct live *live, uint64_t address, const struct live_block *block,
	     struct live_block *old)
{
	uint64_t hash = live_hash(address);
	struct live_shard *shard = shard_of(live, hash);

	assert(address && address < ADDRESS_LIMIT && block->size < ADDRESS_LIMIT);
	if (make_room(live, shard))
		return -ENOMEM;
	struct live_entry *entry = &shard->entries[probe(shard, address, hash)];
	bool there = entry->high;

	if (there)
		*old = entry_block(entry);
	*entry = entry_make(address, block);
	shard->used += !there;
	live->blocks += !there;
	return there;
}

bool live_take(struct live *live, uint64_t address, struct live_block *block)
{
	uint64_t hash = live_hash(address);
	struct live_shard *shard = shard_of(live, hash);

	if (!shard->used)
		return false;
	uint32_t at = probe(shard, address, hash);

	if (!shard->entries[at].high)
		return false;
	*block = entry_block(&shard->entries[at]);
	close_hole(shard, at);
	shard->used--;
	live->blocks--;
	give_back(live, shard);
	return true;
}

void live_rebook(struct live *live, uint64_t address, uint32_t from, uint32_t to)
{
	struct live_entry *entry = find(live, address);
	struct live_block block;

	if (!entry)
		return;
	block = entry_block(entry);
	if (block.tally != from)
		return;
	block.tally = to;
	*entry = entry_make(address, &block);
}

uint64_t live_bytes(const struct live *live)
{
	return sizeof(*live) + live->capacity * sizeof(struct live_entry);
}
