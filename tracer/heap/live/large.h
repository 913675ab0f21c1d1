/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_LARGE_H
#define TRACER_HEAP_LIVE_LARGE_H
/* Sizes of blocks that are too large for an entry of the table: 64 KiB and more, so there
 * are few of them.  This is an open hash table of its own, at most half full. */
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

/* Frees everything.  Zero-initialise the struct before its first use. */
void large_free(struct large *large, struct heap_budget *budget);
/* Makes room for one more.  0 or -ENOMEM. */
int large_reserve(struct large *large, struct heap_budget *budget);
/* Sets the size of a block.  For a new block there must be room. */
void large_set(struct large *large, uint64_t address, uint64_t size);
/* The size of a block, which must be there. */
uint64_t large_size(const struct large *large, uint64_t address);
void large_take(struct large *large, uint64_t address);
/* Makes `to`, which is zeroed, a copy.  0 or -ENOMEM. */
int large_copy(struct large *to, const struct large *from, struct heap_budget *budget);
uint64_t large_bytes(const struct large *large);

#endif
