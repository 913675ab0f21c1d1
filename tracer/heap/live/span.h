/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_SPAN_H
#define TRACER_HEAP_LIVE_SPAN_H
/*
 * Where a block stands in the table of live blocks: for the table itself, and for guess.h.
 *
 * Nodes and spans are pieces of memory whose first unit has 64 bits and a word about the
 * rest.  A node's other words refer to its children, a span's other units are entries.
 * A reference is the number of a unit, and two bits:
 *
 *	LIVE_DENSE   a node with a word for each possible child: one line has to be read
 *	LIVE_LONE    a span that is the only one of its 64 KiB, without a node above
 */
#include "tracer/heap/live/live.h"
#include "tracer/machine/machine.h"

#define LIVE_UNIT 3u                    /* words */
#define LIVE_LONE (UINT32_C(1) << 31)
#define LIVE_DENSE (UINT32_C(1) << 30)
#define LIVE_NUMBER (LIVE_DENSE - 1)    /* a reference's unit */
#define LIVE_LEVEL_BITS 6u
#define LIVE_TOP 8u                     /* the root's level */
#define LIVE_REGION 2u                  /* a region's level */
#define LIVE_ROOM_SHIFT 8u              /* a span's word: room in entries, and its place */
#define LIVE_BIRTH_LOW 6u               /* bits of a birth that are in `low` */

struct live_entry {                     /* one unit */
	uint32_t size;
	uint32_t low;                   /* tally << 6 | birth & 63 */
	uint16_t high;                  /* birth >> 6 */
	uint16_t alive;                 /* 0: the block has ended */
};

_Static_assert(sizeof(struct live_entry) == LIVE_UNIT * sizeof(uint32_t), "a unit");
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

/* What refers to this child of a node; NULL: there is none. */
static inline uint32_t *live_child(const struct live *live, uint32_t node, unsigned digit)
{
	uint32_t *piece = live_piece(live, node);

	if (__builtin_expect(node & LIVE_DENSE, LIVE_DENSE))
		return piece[LIVE_UNIT + digit] ? &piece[LIVE_UNIT + digit] : NULL;
	uint64_t bits = live_bits(piece);

	return bits >> digit & 1 ? &piece[LIVE_UNIT + live_rank(bits, digit)] : NULL;
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

	return (span[2] & 63) == live_digit(key, 1) ? child : NULL;
}

/* The entry of a key in a span; NULL: no block has begun there. */
static inline struct live_entry *live_entry_in(const struct live *live, uint32_t span, uint64_t key)
{
	uint32_t *piece = live_piece(live, span);
	uint64_t bits = live_bits(piece);
	unsigned digit = live_digit(key, 0);

	return bits >> digit & 1 ?
	       (struct live_entry *)(void *)&piece[LIVE_UNIT * (1 + live_rank(bits, digit))] :
	       NULL;
}

static inline uint32_t live_tally(const struct live_entry *entry)
{
	return entry->low >> LIVE_BIRTH_LOW;
}

#endif
