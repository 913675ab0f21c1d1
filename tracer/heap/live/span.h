/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_SPAN_H
#define TRACER_HEAP_LIVE_SPAN_H
/*
 * Where a block stands in the table of live blocks: for the table itself, and for guess.h.
 *
 * Nodes and spans are pieces of memory that begin with 64 bits and a word about the rest.
 * A node's other words refer to its children; what a span has is said in head.h.
 * A reference is the number of a unit, and two bits:
 *
 *	LIVE_DENSE   a node with a word for each possible child: one line has to be read
 *	LIVE_LONE    a span that is the only one of its 64 KiB, without a node above
 */
#include "tracer/heap/live/slot.h"
#include "tracer/machine/machine.h"

#define LIVE_UNIT 2u                    /* words */
#define LIVE_CHILDREN 3u                /* words of a node before its children */
#define LIVE_LONE (UINT32_C(1) << 31)
#define LIVE_DENSE (UINT32_C(1) << 30)
#define LIVE_NUMBER (LIVE_DENSE - 1)    /* a reference's unit */
#define LIVE_LEVEL_BITS 6u
#define LIVE_TOP 8u                     /* the root's level */
#define LIVE_REGION 2u                  /* a region's level */

/* The number of a place: a sixteenth of the address, or beyond all these the address
 * itself if it is no multiple of 16. */
static inline uint64_t live_key(uint64_t address)
{
	return address & 15 ? UINT64_C(1) << 48 | address : address >> 4;
}

static inline uint64_t live_address(uint64_t key)
{
	return key >> 48 ? key & ((UINT64_C(1) << 48) - 1) : key << 4;
}

/* The number of a key's child in a node of this level; of level 0 its place in the span. */
static inline unsigned live_digit(uint64_t key, unsigned level)
{
	return (unsigned)(key >> (level * LIVE_LEVEL_BITS)) & 63;
}

/* How many bits are set below bit `digit`. */
static inline unsigned live_rank(uint64_t bits, unsigned digit)
{
	return machine_count_bits(bits & ((UINT64_C(1) << digit) - 1));
}

/* What is referred to. */
static inline uint32_t *live_piece(const struct live *live, uint32_t reference)
{
	return live->words + (size_t)(reference & LIVE_NUMBER) * LIVE_UNIT;
}

static inline uint64_t live_bits(const uint32_t *piece)
{
	return (uint64_t)piece[1] << 32 | piece[0];
}

static inline void live_set_bits(uint32_t *piece, uint64_t bits)
{
	piece[0] = (uint32_t)bits;
	piece[1] = (uint32_t)(bits >> 32);
}

/* What refers to this child of a node; NULL: there is none. */
static inline uint32_t *live_child(const struct live *live, uint32_t node, unsigned digit)
{
	uint32_t *piece = live_piece(live, node);

	if (__builtin_expect(node & LIVE_DENSE, LIVE_DENSE))
		return piece[LIVE_CHILDREN + digit] ? &piece[LIVE_CHILDREN + digit] : NULL;
	uint64_t bits = live_bits(piece);

	return bits >> digit & 1 ? &piece[LIVE_CHILDREN + live_rank(bits, digit)] : NULL;
}

/* The node of a key's region; 0: none that is known here. */
static inline uint32_t live_region(const struct live *live, uint64_t key)
{
	uint64_t number = key >> (3 * LIVE_LEVEL_BITS);
	const struct live_region *region = &live->regions[number % LIVE_REGIONS];

	return region->number == number ? region->node : 0;
}

/* What refers to the span of a key in this region; NULL: there is none. */
static inline uint32_t *live_span_in(const struct live *live, uint32_t node, uint64_t key)
{
	uint32_t *child = live_child(live, node, live_digit(key, LIVE_REGION));

	if (!child || !(*child & LIVE_LONE))
		return child ? live_child(live, *child, live_digit(key, 1)) : NULL;
	const uint32_t *span = live_piece(live, *child);

	return live_place(span) == live_digit(key, 1) ? child : NULL;
}

/* Whether a span has room for one more entry. */
static inline bool live_has_room(const uint32_t *span)
{
	return machine_count_bits(live_bits(span)) < live_room(span);
}

/* Where the entry of a key in a span is; NULL: no block has begun there. */
static inline unsigned char *live_slot_in(uint32_t *span, uint64_t key)
{
	uint64_t bits = live_bits(span);
	unsigned digit = live_digit(key, 0);

	return bits >> digit & 1 ? live_slot(span, live_rank(bits, digit)) : NULL;
}

#endif
