/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_LIVE_HOME_H
#define TRACER_HEAP_LIVE_LIVE_HOME_H
/* Where a block stands in the table of live blocks: for the table itself, and for callers
 * that prefetch a line before they need it. */
#include "tracer/heap/live/live.h"

/* The hash keeps neighbours together, because they tend to come and go one after the
 * other: blocks of 256 bytes of addresses have their homes in two adjacent lines, which
 * the first of them brings into the cache, and their page into the TLB.  (At an alignment
 * of 16, no line is the home of more than eight.) */
static inline uint64_t live_hash(uint64_t address)
{
	return (address >> 8 ^ address << 60 >> 20) * UINT64_C(0x9e3779b97f4a7c15);
}

/* The hash's high bits choose the shard, the next 32 the row in it. */
static inline uint32_t live_home(const struct live_shard *shard, uint64_t address)
{
	uint64_t hash = live_hash(address) >> (32 - LIVE_SHARD_BITS) & UINT32_MAX;
	uint64_t row = (hash * shard->rows >> 32) + (address >> 7 & 1);

	return row < shard->rows ? (uint32_t)row : 0;
}

/* Row `row` of a shard. */
static inline struct live_line *live_at(const struct live *live, size_t column, size_t row)
{
	return &live->lines[(row / LIVE_STRIPE * LIVE_SHARDS + column) * LIVE_STRIPE +
			    row % LIVE_STRIPE];
}

/* The line in which a block stands unless it had to go past it because it was full; NULL
 * in an empty shard. */
static inline struct live_line *live_first(const struct live *live, uint64_t address)
{
	size_t column = live_hash(address) >> (64 - LIVE_SHARD_BITS);
	const struct live_shard *shard = &live->shards[column];

	return shard->rows ? live_at(live, column, live_home(shard, address)) : NULL;
}

/* One bit for each entry of a line that has this address. */
static inline unsigned live_match(const struct live_line *line, uint64_t address)
{
	return (unsigned)(line->entry[0].high >> 16 == address) |
	       (unsigned)(line->entry[1].high >> 16 == address) << 1 |
	       (unsigned)(line->entry[2].high >> 16 == address) << 2 |
	       (unsigned)(line->entry[3].high >> 16 == address) << 3;
}

#define PASSED (UINT64_C(1) << 63)      /* in `low`: a bit of its line's counter */
static inline bool live_was_passed(const struct live_line *line)
{
	return (line->entry[0].low | line->entry[1].low | line->entry[2].low |
		line->entry[3].low) >> 63;
}

static inline uint32_t live_tally(const struct live_entry *entry)
{
	return (uint32_t)(entry->low >> LIVE_BIRTH_LOW) & (LIVE_TALLIES - 1);
}

#endif
