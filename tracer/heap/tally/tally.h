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
#include "tracer/heap/catalog/ids.h"
#include "tracer/ground/threads/prefault.h"
#include "tracer/ground/finder.h"
#include "tracer/heap/live/memory.h"
#include "tracer/heap/tally/one.h"
#include "tracer/heap/tally/tick.h"

#define TALLIES_MAX (UINT32_C(1) << 26)  /* the bits that an entry of the live table has
					  * for it */
_Static_assert(TALLIES_MAX < UINT32_C(1) << 29, "`rest` holds any number");
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
	struct chunks entries, rests;   /* memory for as many of both */
	struct chunks wides;
	uint32_t length, rests_length, wides_length;
	uint32_t others;                /* tallies that are not the first of their trace */
	struct chunks first[2];         /* the tracer's traces, memtop's own: first.h */
	uint32_t first_end[2];          /* behind the highest place in use */
	uint64_t clock;                 /* advances by one at each moment below */
	uint64_t peak_time, ever_time;  /* its value at `peak` and at `peak_ever` */
	uint64_t tick_time;             /* the same at the last tick; 0: there are none */
	struct finder shards[TALLY_SHARDS];      /* the others' keys -> index + 1 */
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
/* Moves all that a provisional tally counted, peaks included, to another one, which has
 * room for it (tally_make_room_of). */
void tally_settle(struct tallies *tallies, uint32_t from, uint32_t to);
static inline struct tally *tally_at(const struct tallies *tallies, uint32_t index)
{
	return chunk_there(&tallies->entries, sizeof(struct tally), index);
}

/* NULL: it has none. */
static inline struct tally_rest *tally_rest(const struct tallies *tallies,
					    const struct tally *tally)
{
	return tally->rest ? chunk_at(&tallies->rests, sizeof(struct tally_rest),
				      tally->rest - 1) : NULL;
}

/* The same, made if need be; there is memory for it. */
struct tally_rest *tally_make_rest(struct tallies *tallies, struct tally *tally);

static inline uint64_t tally_key(uint32_t trace, uint32_t thread, uint32_t domain)
{
	return (uint64_t)trace << 32 | thread << 16 | domain;
}

/* Fetches what says where a tally's blocks are booked into the caches. */
static inline void tally_fetch(const struct tallies *tallies, uint32_t index)
{
	__builtin_prefetch(tally_at(tallies, index));
}

/* The same for where it is saved, if its next change will save it. */
static inline void tally_fetch_rest(const struct tallies *tallies, const struct tally *tally)
{
	if (tally->saved < tallies->peak_time)
		__builtin_prefetch(tally_rest(tallies, tally), 1);
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
