/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_SWALLOW_H
#define TRACER_HEAP_LIVE_SWALLOW_H
/*
 * Releases that arrive late.  The clocks of two processors may differ by up to SKEW_TICKS
 * (3 us at 3 GHz), so an acquisition can be read before the release that made its address
 * free.  A release that comes after the acquisition, with a stamp not later than the
 * acquisition's plus SKEW_TICKS, belongs then to the older block, and is swallowed.
 * Within one ring stamps do not differ, and they may be a count of events.
 */
#include <stdbool.h>
#include <stdint.h>

#define SWALLOW_BITS 10
#define SKEW_TICKS 8192u

struct model_ring;

struct swallow {
	uint64_t address;               /* 0: none */
	uint64_t ticks;                 /* stamp of the acquisition, */
	const struct model_ring *ring;  /* and its ring; NULL: more than one */
	uint32_t count;                 /* releases that are expected */
};

struct swallows {
	unsigned used;                  /* slots in use */
	struct swallow slot[1u << SWALLOW_BITS];        /* by address; a newer entry may
							 * replace an older one */
};

static inline struct swallow *swallow_of(struct swallows *swallows, uint64_t address)
{
	return &swallows->slot[address * UINT64_C(0x9e3779b97f4a7c15) >> (64 - SWALLOW_BITS)];
}

/* Whether a release is expected that belongs to an older block at this address. */
static inline bool swallow_expects(struct swallows *swallows, uint64_t address)
{
	return swallows->used && swallow_of(swallows, address)->address == address;
}

/* Notes that an acquisition of this address has ended an older block there. */
static inline void swallow_expect(struct swallows *swallows, const struct model_ring *ring,
				  uint64_t address, uint64_t ticks)
{
	struct swallow *swallow = swallow_of(swallows, address);

	swallows->used += !swallow->address;
	if (swallow->address != address)
		*swallow = (struct swallow){ .address = address, .ring = ring };
	if (swallow->ring != ring)
		swallow->ring = NULL;
	swallow->ticks = ticks;
	swallow->count++;
}

/* Whether this is the release of an older block that a newer one at its address has ended
 * already. */
static inline bool swallow_release(struct swallows *swallows, const struct model_ring *ring,
				   uint64_t address, uint64_t ticks)
{
	struct swallow *swallow;
	bool older;

	/* Nearly always none is expected, and then the slot is not read. */
	if (__builtin_expect(!swallow_expects(swallows, address), 1))
		return false;
	swallow = swallow_of(swallows, address);
	older = ticks <= swallow->ticks + (swallow->ring == ring ? 0 : SKEW_TICKS);
	/* A release with a later stamp is the new block's own, so that of the old block
	 * will not come any more. */
	if (!older || !--swallow->count) {
		*swallow = (struct swallow){ 0 };
		swallows->used--;
	}
	return older;
}

#endif
