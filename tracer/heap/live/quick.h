/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_QUICK_H
#define TRACER_HEAP_LIVE_QUICK_H
/*
 * What live.h does, inline for its most frequent callers: the spans that were used lately
 * are found without the tree above them.
 */
#include "tracer/heap/live/known.h"

/* Makes an entry for a key in its span, which has none for it, and has room.  The caller
 * writes it. */
static inline unsigned char *live_insert(struct live *live, uint32_t *span, uint64_t key)
{
	uint64_t bits = live_bits(span);
	unsigned rank = live_rank(bits, live_digit(key, 0));
	unsigned behind = machine_count_bits(bits) - rank, shift = 1 + live_width(span);
	unsigned char *slot = live_slot(span, rank);

	if (behind)
		memmove(slot + (1u << shift), slot, (size_t)behind << shift);
	live_set_bits(span, bits | UINT64_C(1) << live_digit(key, 0));
	live->entries++;
	return slot;
}

/* Where the entry of a place is at which no block is alive, made if need be; NULL if its
 * span has no room for it. */
static inline unsigned char *live_vacant(struct live *live, uint32_t *span, uint64_t key)
{
	unsigned char *slot = live_slot_in(span, key);

	if (slot)
		return live_slot_lives(slot) ? NULL : slot;
	return live_has_room(span) ? live_insert(live, span, key) : NULL;
}

/* As live_put. */
static inline int quick_put(struct live *live, uint64_t address,
			    const struct live_block *block, struct live_block *old)
{
	uint64_t key = live_key(address), entry;
	uint32_t known = live_known(live, key), *span = live_piece(live, known);
	unsigned char *slot;

	if (__builtin_expect(!known || block->size >= LIVE_LARGE, 0))
		return live_put(live, address, block, old);
	entry = live_entry_of(block);
	slot = live_fits(span, entry) ? live_vacant(live, span, key) : NULL;
	if (!slot)
		return live_put(live, address, block, old);
	live_write(span, slot, entry);
	if (++live->blocks > live->most)
		live->most = live->blocks;
	return 0;
}

/* As live_take. */
static inline bool quick_take(struct live *live, uint64_t address,
			      struct live_block *block)
{
	uint64_t key = live_key(address);
	uint32_t known = live_known(live, key), *span = live_piece(live, known);
	unsigned char *slot = known ? live_slot_in(span, key) : NULL;

	if (!slot)
		return live_take(live, address, block);
	if (!live_slot_lives(slot))
		return false;
	*block = live_entry_block(live_read(span, slot));
	if (__builtin_expect(block->size == LIVE_LARGE, 0))
		return live_take(live, address, block);
	live_slot_end(slot);
	live->blocks--;
	return true;
}

/* Whether there is a block at this address. */
static inline bool quick_there(struct live *live, uint64_t address)
{
	uint64_t key = live_key(address);
	uint32_t known = live_known(live, key), *span = live_piece(live, known);
	unsigned char *slot = known ? live_slot_in(span, key) : NULL;

	return slot ? live_slot_lives(slot) : live_there(live, address);
}

#endif
