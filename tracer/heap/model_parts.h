/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_MODEL_PARTS_H
#define TRACER_HEAP_MODEL_PARTS_H
/* What a model is made of.  model.c changes it (single events), fold (many), model_track.c
 * (the program's domains), model_map.c; births.c counts ages, model_read.c answers. */
#include "tracer/heap/tally/cuts.h"
#include "tracer/heap/fork.h"
#include "tracer/heap/growth/census.h"
#include "tracer/heap/growth/oldest.h"
#include "tracer/heap/live/stirred.h"
#include "tracer/heap/model.h"
#include "tracer/heap/sample.h"
#include "tracer/heap/live/swallow.h"
#include "tracer/heap/watch.h"

#define SUM_MAX (UINT64_C(1) << 62)     /* bytes live; no sum of sizes may wrap around */

/* What births.c keeps. */
struct births {
	struct census *census;          /* NULL before the first */
	bool walks;                     /* a walk is under way, */
	uint64_t at;                    /* and has come to here (live_walk), */
	uint32_t tally;                 /* or to this tally, before the first block */
	bool looks;                     /* for the oldest blocks alone; no census */
	bool overtaken;                 /* a snapshot has looked for them in between */
	uint32_t next;                  /* tick before which no walk begins */
	uint64_t began;                 /* events when the walk began */
	uint64_t known;                 /* as of so many events `oldest` is known */
	struct oldest oldest;
	uint32_t grows;                 /* see model_grows */
};

struct model {
	struct catalog *catalog;
	uint64_t sample;                /* 0: every block is recorded */
	struct totals totals, ever;     /* ever: at the highest current */
	bool rising;                    /* of `ever` only the events are kept: peak.h */
	struct swallows swallows;
	struct unknown_callers unknown; /* who made totals.unknown_frees */
	struct tallies tallies;
	struct watch *watch;            /* NULL: neither parts nor a base are kept */
	uint64_t base;                  /* current when the base was set */
	uint64_t refused;               /* events that found no memory, or made no sense; of a
					 * child also its parent's blocks that it did not get */
	uint32_t tick;                  /* of births now: model_birth_tick */
	struct births births;
	struct live live;
	struct forks forks;
	struct stirred stirred;
	struct tracks tracks;
	struct maps maps;
	struct cuts cuts;
	struct batch *batch;            /* fold's, from the first batch on */
	void (*waiting)(void *user), *waiting_user;     /* see model_waiting */
};

/* A block can neither be at address 0 nor take half of the address space. */
static inline bool model_is_sound(const struct wire_event *event)
{
	return wire_event_address(event) && !(wire_event_size(event) >> 47);
}

/* Whether the block that this release ends was begun by the thread's last event. */
static inline bool model_is_temporary(const struct model *model, const struct model_ring *ring,
				      const struct wire_event *event)
{
	return model->sample ? wire_event_size(event) == 1 :
	       ring->last_acquired == wire_event_address(event);
}

/* Sets the ring's last event: an acquisition of this address, or 0 for any other. */
static inline void model_note_event(struct model_ring *ring, uint64_t acquired)
{
	ring->last_acquired = acquired;
	/* The block before a realloc under way is not the ring's last event any more. */
	for (unsigned i = 0; ring->pending_acquired && i < ring->pending_length; i++)
		ring->pending[i].last_acquired = 0;
	if (ring->pending_acquired)
		ring->pending_acquired = false;
}

/* Marks the newest realloc without an outcome, as this acquisition may be its result.  If it
 * is a signal handler's, this matters only for which realloc is dropped first. */
static inline void model_mark_done(struct model_ring *ring)
{
	for (unsigned i = ring->pending_length; ring->pending_open && i-- > 0;)
		if (!ring->pending[i].done) {
			ring->pending[i].done = true;
			ring->pending_open--;
			return;
		}
}

/* Curves that a snapshot gets, as of the last census. */
struct births_curves {
	struct snapshot_growth *of;     /* NULL: none */
	size_t room;
};
/* Before a snapshot's rows are made: looks for the oldest blocks; the curves it will have. */
struct births_curves births_freeze(struct model *model, struct snapshot *snapshot);
/* For a tally that is a row: sets the age of its oldest block; adds its curve, if there
 * is one.  False: there is no memory for curves. */
void births_freeze_figures(const struct model *model, uint32_t index,
			   struct row_figures *figures);
bool births_freeze_curve(const struct model *model, uint32_t index,
			 struct births_curves *curves, uint32_t row);
void births_free(struct births *births);        /* forgets all that is known so far */

/* Notes for forks that the block at `address` changes; `old` is what stood there. */
static inline void forks_note(struct model *model, uint64_t address, const struct live_block *old)
{
	if (__builtin_expect(model->forks.watching != 0, 0))
		forks_log(model, 0, address, old);
	if (__builtin_expect(model->stirred.on, 0))
		stirred_note(&model->stirred, address, old ? old->size : 0);
}

#endif
