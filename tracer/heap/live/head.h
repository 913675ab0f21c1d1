/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_HEAD_H
#define TRACER_HEAP_LIVE_HEAD_H
/*
 * A span of places, and how its entries lie in memory.
 *
 * Blocks side by side are mostly of the same time, and often of the same stack.  So a span
 * whose blocks have the upper 32 or 48 bits of their entries in common has these once, in
 * its head, and of each entry only the other bits, which are its width:
 *
 *	words   0, 1    a bit for each place that has an entry
 *	        2       what is in common, bits 16 to 31 | place 6 | room 7 | width 2
 *	        3       what is in common, bits 32 to 63
 *	        4 ..    entries, in the order of the places
 *
 * An entry whose block has ended has 0 in its lowest 16 bits, whatever its width is.
 */
#include <string.h>
#include "tracer/heap/live/entry.h"

#define LIVE_ENTRIES 4u                 /* words before the entries */
#define LIVE_ROOM_SHIFT 2u
#define LIVE_PLACE_SHIFT 9u

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the lowest bits come first");

enum live_width {                       /* 16 bits, doubled so many times */
	LIVE_SIZES,                     /* tally and birth are in common */
	LIVE_HALVES,                    /* birth, and the tally's upper bits */
	LIVE_WHOLE                      /* nothing is */
};

/* What is in common, in its upper bits; and in the lowest 16 place, room and width. */
static inline uint64_t live_head(const uint32_t *span)
{
	uint64_t head;

	memcpy(&head, &span[2], sizeof(head));
	return head;
}

static inline void live_set_head(uint32_t *span, uint64_t head)
{
	memcpy(&span[2], &head, sizeof(head));
}

static inline enum live_width live_width(const uint32_t *span) { return span[2] & 3; }

/* The entries that a span has room for. */
static inline unsigned live_room(const uint32_t *span)
{
	return span[2] >> LIVE_ROOM_SHIFT & 127;
}

/* The number of its place in its 64 KiB. */
static inline unsigned live_place(const uint32_t *span)
{
	return span[2] >> LIVE_PLACE_SHIFT & 63;
}

#endif
