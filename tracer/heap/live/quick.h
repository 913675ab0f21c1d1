/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_QUICK_H
#define TRACER_HEAP_LIVE_QUICK_H
/*
 * What live.h does, inline for its most frequent callers: the spans that were used lately
 * are found without the tree above them.
 */
#include <string.h>
#include "tracer/heap/live/known.h"

#define LIVE_BIRTH_MASK ((UINT32_C(1) << LIVE_BIRTH_LOW) - 1)

/* A key's entry, if its span was used lately and a block has begun there; NULL else. */
static inline struct live_entry *live_known_entry(const struct live *live, uint64_t key)
{
	uint32_t span = live_known(live, key);

	return __builtin_expect(span != 0, 1) ? live_entry_in(live, span, key) : NULL;
}

static inline void live_set_entry(struct live_entry *entry, const struct live_block *of)
{
	entry->size = of->size < LIVE_LARGE ? (uint32_t)of->size : LIVE_LARGE;
	entry->low = of->tally << LIVE_BIRTH_LOW | (of->birth & LIVE_BIRTH_MASK);
	entry->high = (uint16_t)(of->birth >> LIVE_BIRTH_LOW);
	entry->alive = 1;
}

/* The block of an entry; of a large one, without its size. */
static inline struct live_block live_entry_block(const struct live_entry *entry)
{
	uint32_t low = entry->low & LIVE_BIRTH_MASK;

	return (struct live_block){
		.size = entry->size,
		.tally = live_tally(entry),
		.birth = (uint32_t)entry->high << LIVE_BIRTH_LOW | low,
	};
}

/* Makes an entry for a key in its span, which has none for it, and has room. */
static inline struct live_entry *live_insert(struct live *live, uint32_t *span, uint64_t key)
{
	uint64_t bits = live_bits(span);
	unsigned rank = live_rank(bits, live_digit(key, 0));
	unsigned behind = machine_count_bits(bits) - rank;
	struct live_entry *entry = (struct live_entry *)(void *)&span[LIVE_UNIT * (1 + rank)];

	if (behind)
		memmove(entry + 1, entry, behind * sizeof(*entry));
	live_set_bits(span, bits | UINT64_C(1) << live_digit(key, 0));
	live->entries++;
	entry->alive = 0;
	return entry;
}

/* The entry of a place where no block is alive, made if need be; NULL if its span was not
 * used lately, or has no room for it. */
static inline struct live_entry *live_vacant(struct live *live, uint64_t key)
{
	uint32_t span = live_known(live, key);
	uint32_t *piece = live_piece(live, span);
	struct live_entry *entry;

	if (!span)
		return NULL;
	entry = live_entry_in(live, span, key);
	if (entry)
		return entry->alive ? NULL : entry;
	return machine_count_bits(live_bits(piece)) < live_room(piece) ?
	       live_insert(live, piece, key) : NULL;
}

/* As live_put. */
static inline int quick_put(struct live *live, uint64_t address,
			    const struct live_block *block, struct live_block *old)
{
	struct live_entry *entry = __builtin_expect(block->size >= LIVE_LARGE, 0) ?
				   NULL : live_vacant(live, live_key(address));

	if (!entry)
		return live_put(live, address, block, old);
	if (++live->blocks > live->most)
		live->most = live->blocks;
	live_set_entry(entry, block);
	return 0;
}

/* As live_take. */
static inline bool quick_take(struct live *live, uint64_t address,
			      struct live_block *block)
{
	struct live_entry *entry = live_known_entry(live, live_key(address));

	if (!entry || __builtin_expect(entry->size == LIVE_LARGE, 0))
		return live_take(live, address, block);
	if (!entry->alive)
		return false;
	*block = live_entry_block(entry);
	entry->alive = 0;
	live->blocks--;
	return true;
}

/* Whether there is a block at this address. */
static inline bool quick_there(struct live *live, uint64_t address)
{
	const struct live_entry *entry = live_known_entry(live, live_key(address));

	return entry ? entry->alive : live_there(live, address);
}

#endif
