/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_H
#define TRACER_HEAP_TALLY_H
/*
 * Figures for each (trace, thread, domain), and what they were at `peak`, at `peak_ever`
 * (saved.h) and at the last tick (tick.h).
 *
 * At a new peak each tally's present state becomes its state at the peak.  That costs no
 * more than one step of a clock, whose value is kept as the time of the peak.  A tally
 * that was saved at that time or later has changed since, and its state at the peak
 * stands beside it; any other has not changed, so its present state is the one at the
 * peak.  For this each change saves first, in constant time.
 */
#include <stdint.h>
#include <string.h>
#include "tracer/heap/catalog/chunk.h"
#include "tracer/ground/threads/prefault.h"
#include "tracer/ground/finder.h"
#include "tracer/heap/live/memory.h"
#include "tracer/heap/tally/figures.h"
#include "tracer/heap/tally/tick.h"

enum tally_state {
	TALLY_KEYED,
	TALLY_PROVISIONAL,              /* of one block whose trace is not known yet */
	TALLY_SETTLED                   /* was provisional; `forward` has its figures
					 * now */
};

/* Three cache lines, of which an event touches the first one and the last. */
struct tally {
	_Alignas(64) uint32_t trace;             /* provisional: its ticket, see tick.h */
	uint16_t thread, domain;
	struct figures now;
	uint64_t saved;                 /* value of the clock when it was last saved */
	uint64_t born;                  /* sum of the live bytes times the tick of their birth */
	struct figures at_ever;
	uint64_t at_peak;               /* bytes of it at the peak */
	union {
		uint64_t address;       /* provisional: address of its block */
		uint64_t next;          /* settled: the tally that was settled after it */
	};
	uint32_t forward : 30;          /* provisional: the root's tally; settled: the new one */
	uint32_t state : 2;             /* enum tally_state */
	uint32_t note;                  /* index in the running notes (tick.h) */
	_Alignas(64) uint32_t sizes[SIZE_CLASSES];      /* `now.count` by size class */
	uint32_t sizes_ever[SIZE_CLASSES];              /* `at_ever.count` by size
							 * class */
};

_Static_assert(sizeof(struct tally) == 192, "three lines");

#define TALLIES_MAX (UINT32_C(1) << 26)  /* the bits that an entry of the live table has
					  * for it */
_Static_assert(TALLIES_MAX <= UINT32_C(1) << 30, "`forward` holds any tally");
#define TALLY_SHARDS 64u
#define TALLY_KNOWN 256u
#define TALLY_QUARANTINE 1024u

/* A tally that was asked for, as it has its place for ever. */
struct tally_known {
	uint64_t key;
	struct tally *tally;            /* NULL: none */
	uint32_t index;
};

struct tallies {
	struct chunks entries;
	uint32_t length;
	uint64_t clock;                 /* advances by one at each moment below */
	uint64_t peak_time, ever_time;  /* its value at `peak` and at `peak_ever` */
	uint64_t tick_time;             /* the same at the last tick; 0: there are none */
	struct finder shards[TALLY_SHARDS];      /* key -> index + 1 */
	struct tally_known known[TALLY_KNOWN];  /* by key: see lately.h */
	uint32_t settled_first, settled_last;   /* the quarantine, whose oldest is reused */
	uint32_t settled_length;                /* if it is longer than that */
	struct heap_budget *budget;             /* NULL: none; borrowed */
	struct prefault prefault;               /* finds pages for new tallies */
	struct ticks ticks;
};

/* Frees everything; the struct must be zeroed before its first use. */
void tallies_free(struct tallies *tallies);
/* The tally of a key, added if it is new.  0 or -ENOMEM. */
int tally_get(struct tallies *tallies, uint32_t trace, uint32_t thread, uint32_t domain,
	      uint32_t *index);
/* Adds a provisional tally for a block; its key's trace is `root`.  0 or -ENOMEM. */
int tally_provisional(struct tallies *tallies, uint32_t root, uint64_t address, uint32_t *index);
/* Moves all that a provisional tally counted, peaks included, to another one. */
void tally_settle(struct tallies *tallies, uint32_t from, uint32_t to);
static inline struct tally *tally_at(const struct tallies *tallies, uint32_t index)
{
	return chunk_at(&tallies->entries, sizeof(struct tally), index);
}

static inline uint64_t tally_key(uint32_t trace, uint32_t thread, uint32_t domain)
{
	return (uint64_t)trace << 32 | thread << 16 | domain;
}

/* Fetches what says where a tally's blocks are booked into the caches. */
static inline void tally_fetch(const struct tallies *tallies, uint32_t index)
{
	__builtin_prefetch(&tally_at(tallies, index)->note);
}

static inline uint32_t tally_hash(uint32_t trace, uint32_t thread, uint32_t domain)
{
	return hash_mix(tally_key(trace, thread, domain), 0);
}

/* The slot at which the search for a key begins; NULL: no key has that hash. */
static inline const struct finder_slot *tally_slot(const struct tallies *tallies, uint32_t hash)
{
	const struct finder *shard = &tallies->shards[hash >> 26];

	return shard->slots ? &shard->slots[hash & shard->mask] : NULL;
}

#endif
