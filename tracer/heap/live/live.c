/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens to blocks; entries.c finds their entries. */
#include "tracer/heap/live/entries.h"
#include "tracer/heap/live/quick.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define ADDRESS_LIMIT (UINT64_C(1) << 48)
#define KEPT_UNITS 349525u              /* 4 MiB, which are not given back */

static struct live_block entry_block(const struct live *live, const struct live_entry *entry,
				     uint64_t key)
{
	struct live_block block = live_entry_block(entry);

	if (__builtin_expect(block.size == LIVE_LARGE, 0))
		block.size = large_size(&live->large, live_address(key));
	return block;
}

void live_free(struct live *live)
{
	const struct heap_memory memory = live->memory;

	entries_resize(live, 0);
	large_free(&live->large, memory.budget);
	*live = (struct live){ .memory = memory };
}

/* What refers to the span of a key, which is known from now on; NULL: there is none. */
static inline uint32_t *live_span(struct live *live, uint64_t key)
{
	uint32_t node = live_region(live, key);
	uint32_t *span = __builtin_expect(node != 0, 1) ? live_span_in(live, node, key) :
							  entries_find_again(live, key);

	if (span)
		live_know(live, key, *span);
	return span;
}

/* The entry of a key; NULL: no block has begun there. */
static inline struct live_entry *live_entry_at(struct live *live, uint64_t key)
{
	const uint32_t *span = live_span(live, key);

	return span ? live_entry_in(live, *span, key) : NULL;
}

bool live_find(const struct live *live, uint64_t address, struct live_block *block)
{
	const uint64_t key = live_key(address);
	const uint32_t *span = entries_find(live, key);
	const struct live_entry *entry = span ? live_entry_in(live, *span, key) : NULL;

	if (!entry || !entry->alive)
		return false;
	*block = entry_block(live, entry, key);
	return true;
}

bool live_there(struct live *live, uint64_t address)
{
	const struct live_entry *entry = live_entry_at(live, live_key(address));

	return entry && entry->alive;
}

/* Writes a block into its entry, and takes the one that was alive there into *old.
 * True: there was one. */
static bool set_block(struct live *live, struct live_entry *entry, uint64_t address,
		      const struct live_block *block, struct live_block *old)
{
	bool was = entry->alive;

	if (was) {
		*old = entry_block(live, entry, live_key(address));
		if (old->size >= LIVE_LARGE)
			large_take(&live->large, address);
	} else if (++live->blocks > live->most) {
		live->most = live->blocks;
	}
	live_set_entry(entry, block);
	if (__builtin_expect(block->size >= LIVE_LARGE, 0))
		large_set(&live->large, address, block->size);
	return was;
}

int live_put(struct live *live, uint64_t address, const struct live_block *block,
	     struct live_block *old)
{
	const uint64_t key = live_key(address);

	assert(address && address < ADDRESS_LIMIT && block->size < ADDRESS_LIMIT / 2);
	assert(!(block->tally >> LIVE_TALLY_BITS | block->birth >> LIVE_BIRTH_BITS));
	if (__builtin_expect(block->size >= LIVE_LARGE, 0) &&
	    large_reserve(&live->large, live->memory.budget))
		return -ENOMEM;
	int error = entries_reserve(live);
	uint32_t *span = live_span(live, key);
	struct live_entry *entry = span ? live_entry_in(live, *span, key) : NULL;

	if (!entry) {
		if (__builtin_expect(error, 0))
			return error;
		entry = entries_make(live, span, key);
	}
	return set_block(live, entry, address, block, old);
}

bool live_take(struct live *live, uint64_t address, struct live_block *block)
{
	const uint64_t key = live_key(address);
	struct live_entry *entry = live_entry_at(live, key);

	if (!entry || !entry->alive)
		return false;
	*block = entry_block(live, entry, key);
	if (__builtin_expect(block->size >= LIVE_LARGE, 0))
		large_take(&live->large, address);
	entry->alive = 0;
	live->blocks--;
	return true;
}

int live_rebook(struct live *live, uint64_t address, uint32_t from, uint32_t to)
{
	const uint64_t key = live_key(address);
	struct live_entry *entry = live_entry_at(live, key);

	if (entry && entry->alive && live_tally(entry) == from)
		entry->low = to << LIVE_BIRTH_LOW | (entry->low & LIVE_BIRTH_MASK);
	return 0;
}

void live_ease(struct live *live)
{
	bool wasteful = live->most * 2 < live->entries || live->spare_units > live->top / 2;

	live->most = live->blocks;
	if (live->room <= KEPT_UNITS || !wasteful || entries_pack(live))
		return;
	uint64_t room = live->top + live->top / 16 + LIVE_RESERVE;

	if (room < live->room)
		entries_resize(live, room);
}

int live_copy(struct live *to, const struct live *from)
{
	const struct heap_memory memory = to->memory;

	if ((from->room && entries_resize(to, from->room)) ||
	    large_copy(&to->large, &from->large, memory.budget))
		return -ENOMEM;
	const struct live copy = *to;

	if (from->room)
		memcpy(to->words, from->words, from->top * LIVE_UNIT * sizeof(*to->words));
	*to = *from;
	to->words = copy.words;
	to->large = copy.large;
	to->memory = memory;
	return 0;
}

struct walk {
	const struct live *live;
	void (*see)(void *user, uint64_t key, struct live_entry *entry);
	void *user;
};

static void walk_span(void *user, uint32_t span, uint64_t key)
{
	const struct walk *walk = user;
	uint32_t *piece = live_piece(walk->live, span);
	struct live_entry *entry = (struct live_entry *)(void *)&piece[LIVE_UNIT];

	for (uint64_t bits = live_bits(piece); bits; bits &= bits - 1, entry++)
		if (entry->alive)
			walk->see(walk->user, key | (uint64_t)__builtin_ctzll(bits), entry);
}

struct shown {
	const struct live *live;
	void (*show)(void *user, uint64_t address, const struct live_block *block);
	void *user;
};

static void show_entry(void *user, uint64_t key, struct live_entry *entry)
{
	const struct shown *shown = user;
	const struct live_block block = entry_block(shown->live, entry, key);

	shown->show(shown->user, live_address(key), &block);
}

bool live_walk(const struct live *live, uint64_t *at,
	       void (*show)(void *user, uint64_t address, const struct live_block *block),
	       void *user)
{
	struct shown shown = { live, show, user };
	struct walk walk = { live, show_entry, &shown };

	return entries_spans(live, at, walk_span, &walk);
}

struct booked {
	const struct live *live;
	uint32_t (*book)(void *user, uint64_t address, const struct live_block *block);
	void *user;
};

static void book_entry(void *user, uint64_t key, struct live_entry *entry)
{
	const struct booked *booked = user;
	const struct live_block block = entry_block(booked->live, entry, key);

	entry->low = booked->book(booked->user, live_address(key), &block) << LIVE_BIRTH_LOW |
		     (entry->low & LIVE_BIRTH_MASK);
}

int live_each(struct live *live,
	      uint32_t (*book)(void *user, uint64_t address, const struct live_block *block),
	      void *user)
{
	struct booked booked = { live, book, user };
	struct walk walk = { live, book_entry, &booked };
	uint64_t key = 0;

	while (entries_spans(live, &key, walk_span, &walk))
		;
	return 0;
}

uint64_t live_bytes(const struct live *live)
{
	return sizeof(*live) + live->room * UINT64_C(12) + large_bytes(&live->large);
}
