/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_SWALLOW_H
#define TRACER_HEAP_SWALLOW_H
/*
 * Releases that come late.  Clocks of two processors may differ by SKEW_TICKS (3 us
 * at 3 GHz): an acquisition can be read before the release that made its address
 * free.  The release that comes after it, with a stamp not later than the
 * acquisition's plus this, is then the old block's, and is swallowed.  Within one
 * ring stamps do not differ, and they may be a count of events.
 */
#include <stdbool.h>
#include <stdint.h>

#define SWALLOW_BITS 10
#define SKEW_TICKS 8192u

struct model_ring;

struct swallow {
	uint64_t address;               /* 0: none */
	uint64_t ticks;                 /* of the acquisition, */
	const struct model_ring *ring;  /* and its ring; NULL: more than one */
	uint32_t count;                 /* releases to come */
};

struct swallows {
	unsigned used;                  /* slots */
	struct swallow slot[1u << SWALLOW_BITS];        /* by address; a later one may
							 * push one out */
};

static inline struct swallow *swallow_of(struct swallows *swallows, uint64_t address)
{
	return &swallows->slot[address * UINT64_C(0x9e3779b97f4a7c15) >> (64 - SWALLOW_BITS)];
}

/* True if a release of this address is expected that belongs to an older block there. */
static inline bool swallow_expects(struct swallows *swallows, uint64_t address)
{
	return swallows->used && swallow_of(swallows, address)->address == address;
}

/* An acquisition of this address has ended an older block there. */
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

/* True if this is the release of an older block, which a newer one at its address has
 * ended already. */
static inline bool swallow_release(struct swallows *swallows, const struct model_ring *ring,
				   uint64_t address, uint64_t ticks)
{
	struct swallow *swallow;
	bool older;

	/* Nearly always none is expected: the slot is not read then. */
	if (__builtin_expect(!swallow_expects(swallows, address), 1))
		return false;
	swallow = swallow_of(swallows, address);
	older = ticks <= swallow->ticks + (swallow->ring == ring ? 0 : SKEW_TICKS);
	/* A later one is the new block's own: the old one's will not come. */
	if (!older || !--swallow->count) {
		*swallow = (struct swallow){ 0 };
		swallows->used--;
	}
	return older;
}

#endif
