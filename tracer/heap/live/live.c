/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens to blocks; entries.c finds their entries. */
#include "tracer/heap/live/entries.h"
#include "tracer/heap/live/quick.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define ADDRESS_LIMIT (UINT64_C(1) << 48)
#define KEPT_UNITS 524288u              /* 4 MiB, which are not given back */

static struct live_block entry_block(const struct live *live, uint64_t entry,
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

/* The entry of a slot; 0: no block is alive there, or there is no slot. */
static inline uint64_t slot_entry(uint32_t *span, unsigned char *slot)
{
	return slot && live_slot_lives(slot) ? live_read(span, slot) : 0;
}

bool live_find(const struct live *live, uint64_t address, struct live_block *block)
{
	const uint64_t key = live_key(address);
	const uint32_t *at = entries_find(live, key);
	uint32_t *span = at ? live_piece(live, *at) : NULL;
	uint64_t entry = at ? slot_entry(span, live_slot_in(span, key)) : 0;

	if (entry)
		*block = entry_block(live, entry, key);
	return entry;
}

bool live_there(struct live *live, uint64_t address)
{
	const uint64_t key = live_key(address);
	const uint32_t *at = live_span(live, key);
	const unsigned char *slot = at ? live_slot_in(live_piece(live, *at), key) : NULL;

	return slot && live_slot_lives(slot);
}

/* Writes an entry where that of its key is, or makes room for it, unless memory could not
 * be reserved for that.  *was is what was there, or 0.  0, or `reserved`. */
static inline int exchange_entry(struct live *live, uint32_t *at, uint64_t key,
				 uint64_t entry, int reserved, uint64_t *was)
{
	uint32_t *span = at ? live_piece(live, *at) : NULL;
	unsigned char *slot = at ? live_slot_in(span, key) : NULL;

	*was = slot_entry(span, slot);
	if (__builtin_expect(!slot || !live_fits(span, entry), 0)) {
		if (__builtin_expect(reserved, 0))
			return reserved;
		slot = entries_make(live, at, key, entry);
		span = live_known_span(live, key);
	}
	live_write(span, slot, entry);
	return 0;
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
	int reserved = entries_reserve(live), error;
	uint64_t entry = live_entry_of(block), was;

	error = exchange_entry(live, live_span(live, key), key, entry, reserved, &was);
	if (__builtin_expect(error, 0))
		return error;
	if (was) {
		*old = entry_block(live, was, key);
		if (old->size >= LIVE_LARGE)
			large_take(&live->large, address);
	} else if (++live->blocks > live->most) {
		live->most = live->blocks;
	}
	if (__builtin_expect(block->size >= LIVE_LARGE, 0))
		large_set(&live->large, address, block->size);
	return was != 0;
}

bool live_take(struct live *live, uint64_t address, struct live_block *block)
{
	const uint64_t key = live_key(address);
	const uint32_t *at = live_span(live, key);
	uint32_t *span = at ? live_piece(live, *at) : NULL;
	unsigned char *slot = at ? live_slot_in(span, key) : NULL;
	uint64_t entry = slot_entry(span, slot);

	if (!entry)
		return false;
	*block = entry_block(live, entry, key);
	if (__builtin_expect(block->size >= LIVE_LARGE, 0))
		large_take(&live->large, address);
	live_slot_end(slot);
	live->blocks--;
	return true;
}

int live_rebook(struct live *live, uint64_t address, uint32_t from, uint32_t to)
{
	const uint64_t key = live_key(address);
	int reserved = entries_reserve(live);
	uint32_t *at = live_span(live, key), *span = at ? live_piece(live, *at) : NULL;
	uint64_t entry = at ? slot_entry(span, live_slot_in(span, key)) : 0;

	if (!entry || live_entry_tally(entry) != from)
		return 0;
	entry = live_entry_rebooked(entry, to);
	return exchange_entry(live, at, key, entry, reserved, &(uint64_t){ 0 });
}

void live_ease(struct live *live)
{
	/* A quarter is left behind where spans became wider. */
	bool wasteful = live->most * 2 < live->entries || live->spare_units > live->top / 4;

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
		memcpy(to->words, from->words,
		       from->top * LIVE_UNIT * sizeof(*to->words));
	*to = *from;
	to->words = copy.words;
	to->large = copy.large;
	to->memory = memory;
	return 0;
}

struct shown {
	const struct live *live;
	void (*show)(void *user, uint64_t address, const struct live_block *block);
	void *user;
};

static void show_span(void *user, uint32_t span, uint64_t key)
{
	const struct shown *shown = user;
	uint32_t *piece = live_piece(shown->live, span);
	unsigned rank = 0;

	for (uint64_t bits = live_bits(piece); bits; bits &= bits - 1, rank++) {
		unsigned char *slot = live_slot(piece, rank);
		uint64_t at = key | (uint64_t)__builtin_ctzll(bits);
		struct live_block block;

		if (!live_slot_lives(slot))
			continue;
		block = entry_block(shown->live, live_read(piece, slot), at);
		shown->show(shown->user, live_address(at), &block);
	}
}

bool live_walk(const struct live *live, uint64_t *at,
	       void (*show)(void *user, uint64_t address, const struct live_block *block),
	       void *user)
{
	struct shown shown = { live, show, user };

	return entries_spans(live, at, show_span, &shown);
}

struct booked {
	struct live *live;
	uint32_t (*book)(void *user, uint64_t address, const struct live_block *block);
	void *user;
	unsigned length;
	uint64_t spans[SPAN_PLACES];    /* their first keys */
};

static void note_span(void *user, uint32_t span, uint64_t key)
{
	struct booked *booked = user;

	(void)span;
	booked->spans[booked->length++] = key;
}

static int book_span(const struct booked *booked, uint64_t key)
{
	struct live *live = booked->live;
	/* Memory may move, and a span that has only ended blocks may be left out. */
	int reserved = entries_reserve(live);
	uint32_t *at = entries_find(live, key), *span;
	struct spread spread;

	if (reserved || !at)
		return reserved;
	span = live_piece(live, *at);
	spread_read(&spread, span);
	unsigned rank = 0;

	for (uint64_t bits = spread.bits; bits; bits &= bits - 1, rank++) {
		uint64_t at_key = key | (uint64_t)__builtin_ctzll(bits);
		uint64_t *entry = &spread.entries[rank];
		struct live_block block;

		if (!live_entry_lives(*entry))
			continue;
		block = entry_block(live, *entry, at_key);
		block.tally = booked->book(booked->user, live_address(at_key), &block);
		*entry = live_entry_rebooked(*entry, block.tally);
	}
	entries_spread(live, at, &spread, spread_width(&spread));
	return 0;
}

int live_each(struct live *live,
	      uint32_t (*book)(void *user, uint64_t address, const struct live_block *block),
	      void *user)
{
	struct booked booked = { .live = live, .book = book, .user = user };
	uint64_t key = 0;
	int error = 0;

	memset(live->known, 0, sizeof(live->known));
	while (!error && entries_spans(live, &key, note_span, &booked)) {
		for (unsigned i = 0; !error && i < booked.length; i++)
			error = book_span(&booked, booked.spans[i]);
		booked.length = 0;
	}
	return error;
}

uint64_t live_bytes(const struct live *live)
{
	return sizeof(*live) + live->room * LIVE_UNIT * sizeof(*live->words) +
	       large_bytes(&live->large);
}
