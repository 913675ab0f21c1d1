/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_LIVE_H
#define TRACER_HEAP_LIVE_LIVE_H
/*
 * Address -> {size, tally, birth} of every live block: 16 bytes an entry, four to a line
 * of the cache, in 512 shards that grow and shrink one by one: no event ever waits
 * for more than one small shard to be rehashed.  They shrink when asked to.
 *
 *	          shard 0    shard 1   ...  shard 511
 *	block 0   [8 lines]  [8 lines]      [8 lines]
 *	block 1   [8 lines]  [5 lines]      [8 lines]     a shard is a column
 *	block 2   [1 line ]                               that grows at its end
 *
 * All columns are nearly as high as each other, so the table is one piece of
 * memory that grows at its end, and huge pages can hold it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/live/large.h"
#include "tracer/heap/live/memory.h"

#define LIVE_SHARD_BITS 9
#define LIVE_SHARDS (1u << LIVE_SHARD_BITS)
#define LIVE_LINE 4u                    /* entries */
#define LIVE_STRIPE 8u                  /* lines of one shard that stand together */

#define LIVE_TALLY_BITS 26u
#define LIVE_TALLIES (UINT32_C(1) << LIVE_TALLY_BITS)
#define LIVE_BIRTH_BITS 22u
#define LIVE_BIRTH_MAX ((UINT32_C(1) << LIVE_BIRTH_BITS) - 1)
#define LIVE_BIRTH_LOW 6u               /* bits of a birth that are in `low` */
#define LIVE_LARGE ((UINT64_C(1) << 31) - 1)    /* a size from here on is in `large` */

struct live_entry {
	uint64_t high;                  /* address << 16 | birth >> 6; 0: empty */
	uint64_t low;                   /* passed << 63 | size << 32 | tally << 6 | birth & 63 */
};

/* The `passed` bits of the four entries form one number: how many blocks went past this
 * line because it was full; 15 means 15 or more. */
struct live_line {
	_Alignas(64) struct live_entry entry[LIVE_LINE];
};

struct live_shard {
	uint32_t rows, used;            /* lines; blocks */
	uint32_t most;                  /* maximum of `used` since live_ease was here */
};

struct live {
	struct live_line *lines;        /* see live_at, in home.h */
	uint32_t rows;                  /* that there is memory for; whole stripes */
	struct live_shard shards[LIVE_SHARDS];
	unsigned turn;                  /* the shard that live_ease will look at next */
	uint64_t blocks;
	struct live_entry *scratch;     /* holds blocks of a shard while it is rehashed */
	uint32_t scratch_room;
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
/* Adds a block, or replaces one.  Returns 1 with the block that it replaced in *old, else
 * 0, or -ENOMEM. */
int live_put(struct live *live, uint64_t address, const struct live_block *block,
	     struct live_block *old);
/* Takes a block out into *block; false: no such block. */
bool live_take(struct live *live, uint64_t address, struct live_block *block);
/* Gives back memory that was not needed since the last pass over all shards, a little at
 * each call.  False: the pass is over. */
bool live_ease(struct live *live);
/* Books the block under tally `to`, if it is there and booked under `from`. */
void live_rebook(struct live *live, uint64_t address, uint32_t from, uint32_t to);
uint64_t live_bytes(const struct live *live);
/* Makes `to`, zeroed but for its memory, a copy.  0 or -ENOMEM. */
int live_copy(struct live *to, const struct live *from);
/* Calls back for each block of one shard (a number below LIVE_SHARDS). */
void live_walk(const struct live *live, unsigned shard,
	       void (*show)(void *user, uint64_t address, const struct live_block *block),
	       void *user);
/* Books each block under the tally that book(user, address, block) returns. */
void live_each(struct live *live, uint32_t (*book)(void *user, uint64_t address,
						   const struct live_block *block), void *user);

#endif
