/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_MODEL_H
#define TRACER_HEAP_MODEL_H
/*
 * The live heap of one traced image: bytes in, model out.  Address -> block
 * (live.c), (trace, thread, domain) -> figures (tally.c), and the rules of
 * share/doc/GLOSSARY.md (Figures) that fold one event into both (model.c).  Pure: no I/O,
 * no clock, no allocation per event in the steady state.  One thread at a time.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/live/memory.h"
#include "tracer/heap/snapshot.h"
#include "tracer/heap/watch.h"
#include "tracer/wire/wire.h"

struct model;

/* A realloc of this ring whose outcome is not known yet, or was not long ago. */
struct model_pending {
	uint64_t address, size;         /* of the block that it took away */
	uint64_t last_acquired;         /* the ring's, before it; 0 once another event came */
	uint32_t tally;                 /* or that there was no such block (model.c) */
	uint32_t birth;
	bool was_temporary;
	bool done;                      /* an acquisition came that may be its result */
};

/* What the model remembers of one ring between events (temporary blocks,
 * reallocs under way).  Zero-initialise; reset by model_thread_begin. */
struct model_ring {
	uint32_t thread;                /* struct thread_id of its present owner */
	unsigned pending_length;
	uint64_t last_acquired;         /* address if the last event was an acquisition, else 0 */
	struct model_pending pending[4];        /* oldest first; nested in signal handlers */
};

/* NULL: out of memory.  The table of live blocks lies in `memory` (zeroed: malloc's).  Owns
 * neither that nor the catalog, which must outlive it. */
struct model *model_new(struct catalog *catalog, struct heap_memory memory);
void model_free(struct model *model);
/* Before the first event: acquisitions are samples, one mark in `every` bytes,
 * and all figures are estimates (sample.h); releases say with their size
 * whether they are temporary. */
void model_sample(struct model *model, uint64_t every);

/* Before the first event: sums over parts, kept and freed with the model. */
void model_watch(struct model *model, struct watch *watch);

/* Folds one ACQUIRE, RELEASE, REALLOC_RELEASE, REALLOC_RESTORE, FORK or FORKED.  The
 * trace id is taken as it is; the caller has checked it.  0, -ENOMEM, or -EINVAL for
 * an event that makes no sense (counted, otherwise ignored). */
int model_apply(struct model *model, struct model_ring *ring, const struct wire_event *event);

uint64_t model_refused(const struct model *model);      /* events without memory or sense */
/* As an ACQUIRE whose trace is not known yet; *ticket names it until
 * model_settle says the trace.  The block counts under the root until then. */
int model_apply_provisional(struct model *model, struct model_ring *ring,
			    const struct wire_event *event, uint32_t *ticket);
/* Moves what the ticket's block did (live or not) to `trace`; frees the ticket. */
int model_settle(struct model *model, uint32_t ticket, struct trace_id trace);

/* A thread (index in the catalog) takes a ring over. */
void model_thread_begin(struct model_ring *ring, struct thread_id thread);

void model_reset_peak(struct model *model);
/* The same, and what is live now is what model_growth counts from.  0, -ENOMEM. */
int model_set_base(struct model *model);
/* All live blocks count as ended: current and peak are 0.  What was ever
 * allocated, and peak_ever with its state, stay. */
void model_clear(struct model *model);
/* Copies the totals; lost, truncated and cut: left to the caller. */
void model_totals(const struct model *model, struct totals *totals);
/* How many stacks that ever held a block are cut, by reason, where views show `nframe`
 * frames; CUT_FULL stays 0: stacks that found no room can't be told apart. */
void model_cuts(struct model *model, uint32_t nframe, uint64_t cut[CUTS]);

/* The state now, or at peak_ever: a new snapshot with one reference, its
 * time, name, number, lost, truncated and cut for the caller to fill.  NULL: out
 * of memory.  Costs O(tallies). */
struct snapshot *model_freeze(struct model *model, enum moment_kind kind);
/* Freezes of many rows call it now and then: nothing else is done meanwhile. */
void model_waiting(struct model *model, void (*waiting)(void *user), void *user);
/* The same in memory that somebody else has found and touched, so that this
 * thread need not: *rows, `room` of them, zeroed, from malloc.  *rows is NULL
 * afterwards if they were enough and are used. */
struct snapshot *model_freeze_in(struct model *model, enum moment_kind kind,
				 struct snapshot_row **rows, size_t room);
/* Rows that a snapshot taken now needs at most. */
size_t model_rows(const struct model *model);

/* The part that a judge of model_watch keeps, at that part's own peak; rows'
 * other figures are of now.  NULL: out of memory. */
struct snapshot *model_freeze_part(const struct model *model, unsigned judge);
/* False: memory was wanting. */
bool model_part(const struct model *model, unsigned judge, struct watch_sums *sums);

/* Against the base (without one: the start, when nothing was live): what was live
 * then, `base`, and the state at the peak since the last reset, whose rows have
 * sizes alone.  NULL: out of memory. */
struct snapshot *model_freeze_base(const struct model *model);
struct snapshot *model_freeze_recent(const struct model *model);
uint64_t model_base(const struct model *model);
/* Between events, when there is time: gives memory back that was not needed since the
 * last pass, a little at each call.  False: the pass is over. */
bool model_ease(struct model *model);

/* births.c.  What is born from here on is of this tick, whole seconds since the run began. */
void model_birth_tick(struct model *model, uint32_t tick);
/* Between events: a step (one shard, or all tallies) of a census that goes on or is due.
 * False: there is none. */
bool model_census(struct model *model);
/* A module was loaded: growth until now is of the warm-up. */
void model_warm(struct model *model);
/* From now on live moments of at most so many rows have curves too; snapshots and ends have. */
void model_grows(struct model *model, uint32_t rows);

#endif
