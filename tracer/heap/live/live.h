/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_LIVE_H
#define TRACER_HEAP_LIVE_LIVE_H
/*
 * Address -> {size, tally, birth} of every live block: a tree over addresses, whose nodes
 * have up to 64 children each, as their bits say.  Its leaves are spans of 1 KiB:
 *
 *	level 8 .. 3 -> 2: 4 MiB -> 1: 64 KiB -> span: [bits|head] [entry] [entry] ...
 *
 * A span has an entry for each of its 64 places at which a block has begun, in the order
 * of the places, and a bit for each in front.  An entry has 2, 4 or 8 bytes, by what the
 * blocks of its span have in common (head.h).  Where a block has ended its entry stays
 * for the next one there, as allocators hand out the same addresses again and again.  So
 * blocks that lie side by side are side by side in memory, nothing is hashed, and a walk
 * has them in the order of their addresses.
 *
 * Addresses that are no multiple of 16 have places of their own (live_key), whose spans are
 * of 64 bytes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/live/large.h"
#include "tracer/heap/live/memory.h"

#define LIVE_TALLY_BITS 26u
#define LIVE_TALLIES (UINT32_C(1) << LIVE_TALLY_BITS)
#define LIVE_BIRTH_BITS 22u
#define LIVE_BIRTH_MAX ((UINT32_C(1) << LIVE_BIRTH_BITS) - 1)
#define LIVE_LARGE 65534u               /* a size from here on is in `large` */

#define LIVE_REGIONS 512u               /* of 4 MiB, found without the levels above */
#define LIVE_KNOWN_BITS 11u             /* of the number of spans that are known */
#define LIVE_PIECES 67u                 /* pieces of memory have fewer units than that */

struct live {
	uint32_t *words;                /* units of two words each; word 0 refers to the
					 * root */
	uint32_t room, top;             /* units: that there is memory for; ever used */
	uint32_t spare[LIVE_PIECES];    /* free pieces by their units, each linked by its
					 * first word */
	uint64_t spare_units;
	uint64_t blocks, entries;       /* entries: those of blocks that ended, too */
	uint64_t places, places_units;  /* entries that there is room for; what that takes */
	uint64_t most;                  /* maximum of `blocks` since live_ease was here */
	struct live_region {
		uint32_t number, node;  /* node 0: none */
	} regions[LIVE_REGIONS];        /* by number */
	struct live_known {
		uint32_t upper;         /* bits of the number of its addresses */
		uint32_t span;          /* 0: none */
	} known[1u << LIVE_KNOWN_BITS]; /* spans that were used lately: known.h */
	struct large large;
	struct heap_memory memory;      /* resize NULL: malloc's realloc is used */
};

struct live_block {
	uint64_t size;                  /* bytes, below 2^47 */
	uint32_t tally;                 /* below LIVE_TALLIES */
	uint32_t birth;                 /* the tick in which it began, at most
					 * LIVE_BIRTH_MAX */
};

/* The struct must be zeroed before its first use (all but `memory`); live_free ends
 * it. */
void live_free(struct live *live);

/* Addresses are not 0 and below 2^48.  False: no such block. */
bool live_find(const struct live *live, uint64_t address, struct live_block *block);
/* The same, for who asks for blocks side by side, one after the other. */
bool live_there(struct live *live, uint64_t address);
/* Adds a block, or replaces one.  Returns 1 with the block that it replaced in *old, else
 * 0, or -ENOMEM. */
int live_put(struct live *live, uint64_t address, const struct live_block *block,
	     struct live_block *old);
/* Takes a block out into *block; false: no such block. */
bool live_take(struct live *live, uint64_t address, struct live_block *block);
/* Gives back memory, if less than half of the entries were needed since the last call, or a
 * quarter of the memory was left behind by spans that became wider. */
void live_ease(struct live *live);
/* Books the block under tally `to`, if it is there and booked under `from`.  0 or
 * -ENOMEM. */
int live_rebook(struct live *live, uint64_t address, uint32_t from, uint32_t to);
uint64_t live_bytes(const struct live *live);
/* Makes `to`, zeroed but for its memory, a copy.  0 or -ENOMEM. */
int live_copy(struct live *to, const struct live *from);
/* Calls back for each block of the next 64 KiB of addresses in which there are any (4 KiB of
 * those that are no multiples of 16), and moves *at, which begins as 0, behind them.  False:
 * there were no more.  Blocks come in
 * the order of their addresses: first all at multiples of 16, then all others. */
bool live_walk(const struct live *live, uint64_t *at,
	       void (*show)(void *user, uint64_t address, const struct live_block *block),
	       void *user);
/* Books each block under the tally that book(user, address, block) returns.  0 or -ENOMEM;
 * then only some are. */
int live_each(struct live *live, uint32_t (*book)(void *user, uint64_t address,
						  const struct live_block *block), void *user);

#endif
