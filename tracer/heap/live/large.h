/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_LARGE_H
#define TRACER_HEAP_LIVE_LARGE_H
/* Sizes of blocks that are too large for an entry of the table: 2 GiB and more, so
 * they are few.  A table of their own, open, at most half full. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/live/memory.h"

struct large {
	struct large_block {
		uint64_t address, size;         /* address 0: free */
	} *blocks;
	uint32_t room, used;            /* room: 0, or a power of 2 */
};

/* Zero-initialise.  Gives all of it back. */
void large_free(struct large *large, struct heap_budget *budget);
/* Room for one more.  0 or -ENOMEM. */
int large_reserve(struct large *large, struct heap_budget *budget);
/* Says the size of a block; there is room if it is a new one. */
void large_set(struct large *large, uint64_t address, uint64_t size);
/* The size of a block that is there. */
uint64_t large_size(const struct large *large, uint64_t address);
void large_take(struct large *large, uint64_t address);
/* `to`, zeroed, becomes a copy.  0 or -ENOMEM. */
int large_copy(struct large *to, const struct large *from, struct heap_budget *budget);
uint64_t large_bytes(const struct large *large);

#endif
