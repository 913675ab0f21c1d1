/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_SLOT_H
#define TRACER_HEAP_LIVE_SLOT_H
/* The entries of a span, whatever its width is. */
#include "tracer/heap/live/head.h"

/* Where the entry of a rank is. */
static inline unsigned char *live_slot(uint32_t *span, unsigned rank)
{
	return (unsigned char *)&span[LIVE_ENTRIES] + (rank << (1 + live_width(span)));
}

/* Whether the block of the entry there has not ended. */
static inline bool live_slot_lives(const unsigned char *slot)
{
	uint16_t lowest;

	memcpy(&lowest, slot, sizeof(lowest));
	return lowest;
}

static inline void live_slot_end(unsigned char *slot)
{
	memset(slot, 0, sizeof(uint16_t));
}

/* Where the middle 16 and the upper 32 bits of an entry are: its own, or in the head.  This
 * goes without branches, as a processor can't foretell the width of the next span. */
static inline unsigned char *live_middle(uint32_t *span, unsigned char *slot)
{
	unsigned char *in_head = (unsigned char *)&span[2] + 2;
	ptrdiff_t mask = -(ptrdiff_t)(live_width(span) != LIVE_SIZES);

	return in_head + ((slot + 2 - in_head) & mask);
}

static inline unsigned char *live_upper(uint32_t *span, unsigned char *slot)
{
	unsigned char *own = slot + 4, *in_head = (unsigned char *)&span[3];

	return live_width(span) == LIVE_WHOLE ? own : in_head;
}

static inline uint64_t live_read(uint32_t *span, unsigned char *slot)
{
	uint16_t lowest, middle;
	uint32_t upper;

	memcpy(&lowest, slot, sizeof(lowest));
	memcpy(&middle, live_middle(span, slot), sizeof(middle));
	memcpy(&upper, live_upper(span, slot), sizeof(upper));
	return (uint64_t)upper << 32 | (uint32_t)middle << 16 | lowest;
}

/* Whether an entry has in common what the others have. */
static inline bool live_fits(const uint32_t *span, uint64_t entry)
{
	static const uint64_t in_common[] = { ~LIVE_SIZE_MASK, UINT64_MAX << 32, 0 };

	return !((entry ^ live_head(span)) & in_common[live_width(span)]);
}

/* Writes one that fits. */
static inline void live_write(uint32_t *span, unsigned char *slot, uint64_t entry)
{
	unsigned char *at_middle = live_middle(span, slot), *at_upper = live_upper(span, slot);
	const uint16_t lowest = (uint16_t)entry, middle = (uint16_t)(entry >> 16);
	const uint32_t upper = (uint32_t)(entry >> 32);

	memcpy(slot, &lowest, sizeof(lowest));
	memcpy(at_middle, &middle, sizeof(middle));
	memcpy(at_upper, &upper, sizeof(upper));
}

#endif
