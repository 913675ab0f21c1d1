/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_H
#define TRACER_HEAP_TALLY_H
/*
 * Figures for each (trace, thread, domain), and what they were at `peak`, at `peak_ever`
 * (saved.h) and at the last tick (tick.h).
 *
 * A new peak makes every tally's state the peak's state; that costs one step of
 * a clock, at which the peak then stands.  A tally that was saved at that time or
 * later has changed since, and what it was is saved beside it; any other has not
 * changed, and what it is now is what it was.  So each change saves first, O(1).
 */
#include <stdint.h>
#include <string.h>
#include "tracer/heap/catalog/chunk.h"
#include "tracer/ground/finder.h"
#include "tracer/heap/live/memory.h"
#include "tracer/heap/tally/figures.h"
#include "tracer/heap/tally/tick.h"

enum tally_state {
	TALLY_KEYED,
	TALLY_PROVISIONAL,              /* of one block whose trace is not known yet */
	TALLY_SETTLED                   /* was that; `forward` took its figures over */
};

/* Three lines of the cache, of which an event needs the first one and the last. */
struct tally {
	_Alignas(64) uint32_t trace;             /* provisional: its ticket, see tick.h */
	uint16_t thread, domain;
	struct figures now;
	uint64_t saved;                 /* the clock when it was saved last */
	uint64_t born;                  /* sum of the live bytes times the tick of their birth */
	struct figures at_ever;
	uint64_t at_peak;               /* bytes */
	union {
		uint64_t address;       /* provisional: of its block */
		uint64_t next;          /* settled: the one settled after it */
	};
	uint32_t forward : 30;          /* provisional: the root's tally; settled: the new one */
	uint32_t state : 2;             /* enum tally_state */
	uint32_t note;                  /* its place in the running notes (tick.h) */
	_Alignas(64) uint32_t sizes[SIZE_CLASSES];      /* of now.count */
	uint32_t sizes_ever[SIZE_CLASSES];              /* of at_ever.count */
};

_Static_assert(sizeof(struct tally) == 192, "three lines");

#define TALLIES_MAX (UINT32_C(1) << 26)  /* what an entry of the live table has bits for */
_Static_assert(TALLIES_MAX <= UINT32_C(1) << 30, "`forward` holds any tally");
#define TALLY_SHARDS 64u
#define TALLY_QUARANTINE 1024u

struct tallies {
	struct chunks entries;
	uint32_t length;
	uint64_t clock;                 /* one step for each moment below */
	uint64_t peak_time, ever_time;  /* when `peak` and `peak_ever` were, by that clock */
	uint64_t tick_time;             /* of the last tick; 0: there are none */
	struct finder shards[TALLY_SHARDS];      /* key -> index + 1 */
	uint32_t settled_first, settled_last;   /* a queue; the oldest is used again... */
	uint32_t settled_length;                /* ...if it is longer than the quarantine */
	struct heap_budget *budget;             /* NULL: none; borrowed */
	struct ticks ticks;
};

/* On a zeroed struct; tallies_free ends it. */
void tallies_free(struct tallies *tallies);
/* The tally of a key, made if need be.  0 or -ENOMEM. */
int tally_get(struct tallies *tallies, uint32_t trace, uint32_t thread, uint32_t domain,
	      uint32_t *index);
/* One of its own for a block at `address`; counts under `root`.  0 or -ENOMEM. */
int tally_provisional(struct tallies *tallies, uint32_t root, uint64_t address,
		      uint32_t *index);
/* Moves all that a provisional one counted, peaks too, into another. */
void tally_settle(struct tallies *tallies, uint32_t from, uint32_t to);
static inline struct tally *tally_at(const struct tallies *tallies, uint32_t index)
{
	return chunk_at(&tallies->entries, sizeof(struct tally), index);
}

static inline uint32_t tally_hash(uint32_t trace, uint32_t thread, uint32_t domain)
{
	return hash_mix((uint64_t)trace << 32 | thread << 16 | domain, 0);
}

/* Where the search for a key begins; NULL: none has such a hash. */
static inline const struct finder_slot *tally_slot(const struct tallies *tallies, uint32_t hash)
{
	const struct finder *shard = &tallies->shards[hash >> 26];

	return shard->slots ? &shard->slots[hash & shard->mask] : NULL;
}

#endif
