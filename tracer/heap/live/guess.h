/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_GUESS_H
#define TRACER_HEAP_LIVE_GUESS_H
/* For callers that fetch a block's entry into the cache before they need it. */
#include "tracer/heap/live/known.h"

/* Prefetches what live_guess will read of the node of an address' spans. */
static inline void live_fetch_group(const struct live *live, uint64_t address)
{
	uint64_t key = live_key(address);
	uint32_t node = live_region(live, key);
	const uint32_t *group = NULL, *piece;

	if (node)
		group = live_child(live, node, live_digit(key, LIVE_REGION));
	if (!group)
		return;
	piece = live_piece(live, *group);
	if (*group & LIVE_DENSE)
		piece += LIVE_CHILDREN + live_digit(key, 1);
	__builtin_prefetch(piece);
}

/* The span in which a block of this address stands or will stand; 0: none is known. */
static inline uint32_t live_guess(const struct live *live, uint64_t address)
{
	uint64_t key = live_key(address);
	uint32_t node, known = live_known(live, key);
	const uint32_t *span;

	if (known)
		return known;
	node = live_region(live, key);
	span = node ? live_span_in(live, node, key) : NULL;
	return span ? *span & LIVE_NUMBER : 0;
}

/* Where the entry of an address is in a span that live_guess returned, from which it may
 * have moved since; NULL: none is seen.  *entry is what it holds. */
static inline unsigned char *
live_guess_entry(const struct live *live, uint32_t span, uint64_t address, uint64_t *entry)
{
	uint32_t *piece = live_piece(live, span);
	/* What is there now may look as if entries had another width yet. */
	unsigned char *slot = span && span + 2 * LIVE_PIECES <= live->room ?
				    live_slot_in(piece, live_key(address)) : NULL;

	*entry = slot ? live_read(piece, slot) : 0;
	return slot;
}

#endif
