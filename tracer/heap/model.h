/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_MODEL_H
#define TRACER_HEAP_MODEL_H
/*
 * The live heap of one traced image: events in, figures out.  address -> block (live.c),
 * (trace, thread, domain) -> figures (tally.c), and the rules of share/doc/GLOSSARY.md
 * (Figures) that apply an event to both (model.c).  Pure: no I/O, no clock, no allocation
 * per event in the steady state.  One thread at a time.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/live/memory.h"
#include "tracer/heap/snapshot.h"
#include "tracer/heap/watch.h"
#include "tracer/wire/wire.h"

struct model;

/* A realloc of a ring whose outcome is not known yet, or has become known only lately. */
struct model_pending {
	uint64_t address, size;         /* of the block that it took away */
	uint64_t last_acquired;         /* the ring's, before it; 0 once another event came */
	uint32_t tally;                 /* or that there was no such block (model.c) */
	uint32_t birth;
	bool was_temporary;
	bool done;                      /* an acquisition came that may be its result */
};

/* What is remembered of a ring between events (temporary blocks, reallocs under way).
 * Zero-initialise; reset by model_thread_begin. */
struct model_ring {
	uint32_t thread;                /* struct thread_id of its present owner */
	uint8_t pending_length, pending_open;   /* open: those that are not done */
	bool pending_acquired;          /* any of them may have a last_acquired */
	uint64_t last_acquired;         /* address if the last event was an acquisition, else 0 */
	struct model_pending pending[4];        /* oldest first; nested in signal handlers */
};

/* A new model, whose live blocks lie in `memory` (zeroed: malloc's).  It owns neither
 * that nor the catalog, which must outlive it.  NULL: out of memory. */
struct model *model_new(struct catalog *catalog, struct heap_memory memory);
void model_free(struct model *model);
/* Before the first event: acquisitions are samples, one mark in `every` bytes, so all
 * figures are estimates (sample.h), and the size in a release says whether it is
 * temporary. */
void model_sample(struct model *model, uint64_t every);

/* Before the first event: keeps sums over parts, and frees `watch` with the model. */
void model_watch(struct model *model, struct watch *watch);

/* Applies one ACQUIRE, RELEASE, REALLOC_RELEASE, REALLOC_RESTORE, FORK or FORKED, whose
 * trace id the caller has checked.  0, -ENOMEM, or -EINVAL for one that makes no sense
 * (counted, otherwise ignored). */
int model_apply(struct model *model, struct model_ring *ring, const struct wire_event *event);

uint64_t model_refused(const struct model *model); /* events without memory or sense */
/* Applies an ACQUIRE whose trace is not known yet.  The block counts under the root until
 * model_settle is called with the trace and *ticket. */
int model_apply_provisional(struct model *model, struct model_ring *ring,
			    const struct wire_event *event, uint32_t *ticket);
/* Moves what the ticket's block did, live or not, to `trace`, and frees the ticket. */
int model_settle(struct model *model, uint32_t ticket, struct trace_id trace);

/* A new thread (index in the catalog) takes over a ring. */
void model_thread_begin(struct model_ring *ring, struct thread_id thread);

void model_reset_peak(struct model *model);
/* The same, and makes the present state the base of model_growth.  0 or -ENOMEM. */
int model_set_base(struct model *model);
/* Ends all live blocks in the figures: current and peak become 0.  What was ever
 * allocated stays, and so does peak_ever with its state. */
void model_clear(struct model *model);
/* Copies the totals; lost, truncated and cut are left to the caller. */
void model_totals(const struct model *model, struct totals *totals);
/* Counts the stacks that ever held a block and are cut, by reason, if views show `nframe`
 * frames.  CUT_FULL stays 0, since stacks that found no room can't be told apart. */
void model_cuts(struct model *model, uint32_t nframe, uint64_t cut[CUTS]);

/* The present state, or that of peak_ever, as a new snapshot with one reference; time,
 * name, number, lost, truncated and cut are left to the caller.  NULL: out of memory.
 * O(tallies). */
struct snapshot *model_freeze(struct model *model, enum moment_kind kind);
/* The same in memory that another thread found; what is left of it is the caller's.  `peak`:
 * NULL, or set to that moment as well, which another thread freezes beside it. */
struct snapshot *model_freeze_in(struct model *model, enum moment_kind kind,
				 struct snapshot_room *room, struct snapshot **peak);
/* Sets what freezes of many rows call now and then, as nothing else is done meanwhile. */
void model_waiting(struct model *model, void (*waiting)(void *user), void *user);
/* The number of rows that a snapshot taken now would need at most. */
size_t model_rows(const struct model *model);

/* The part that a judge of model_watch keeps, at that part's own peak; but for size and
 * count, figures are as of now.  NULL: out of memory. */
struct snapshot *model_freeze_part(const struct model *model, unsigned judge);
/* The sums of a judge's part.  False: memory ran out, and they are worthless. */
bool model_part(const struct model *model, unsigned judge, struct watch_sums *sums);

/* Growth since the base (without one: since the start): the state then, `base`, and the
 * state at the peak since the last reset, whose rows have sizes alone.  NULL: out of
 * memory. */
struct snapshot *model_freeze_base(const struct model *model);
struct snapshot *model_freeze_recent(struct model *model);
uint64_t model_base(const struct model *model);
/* Between events, when there is time: gives back memory that was not needed since the
 * last call. */
void model_ease(struct model *model);

/* In births.c.  Blocks are born at this tick from now on: seconds since the start. */
void model_birth_tick(struct model *model, uint32_t tick);
/* Between events: whether there were some, at least once in a tick; and a step of a census that
 * is under way or due.  False: there is none any more. */
void model_pass(struct model *model);
bool model_census(struct model *model);
/* A module was loaded, so growth until now counts as warm-up. */
void model_warm(struct model *model);
/* From now on live moments of at most so many rows have curves too. */
void model_grows(struct model *model, uint32_t rows);

#endif
