/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_WATCH_H
#define TRACER_HEAP_WATCH_H
/*
 * Sums over a part of the heap, with a peak of their own: up to 64 judges,
 * each asked once for each tally (so once for each stack, thread and domain)
 * whether its blocks are of that part.  What a tally held at a judge's peak is
 * kept by epochs, as tally.h does it for the peak of all.
 *
 * Beside them a base: what each tally held when it was last set, so that one
 * can ask what has grown since.
 */
#include <stdbool.h>
#include "tracer/heap/snapshot.h"
#include "tracer/heap/tally/tally.h"

#define WATCH_JUDGES 64u

struct watch;

/* A bit for each judge that keeps the row, whose trace, thread and domain are set. */
typedef uint64_t watch_keeps(void *user, const struct snapshot_row *row);

struct watch_sums {
	struct figures now;
	uint64_t peak;                  /* highest now.size ever */
};

/* NULL: out of memory.  No judges: a base alone. */
struct watch *watch_new(unsigned judges, watch_keeps *keeps, void *user);
void watch_free(struct watch *watch);

/* Before a tally's figures change by a block that came, or that went. */
void watch_add(struct watch *watch, uint32_t index, const struct tally *tally, uint64_t size,
	       uint64_t count);
void watch_drop(struct watch *watch, uint32_t index, const struct tally *tally, uint64_t size,
		uint64_t count);
/* A block that had ended is back, as if nothing had happened. */
void watch_restore(struct watch *watch, uint32_t index, const struct tally *tally,
		   uint64_t size, uint64_t count);
/* Before the figures of a provisional tally, which no judge has seen, move. */
void watch_settle(struct watch *watch, uint32_t index, const struct tally *from, uint32_t to,
		  const struct tally *target);

/* What all tallies hold now is the base. */
void watch_set_base(struct watch *watch);
/* Size and count of a tally then, the rest as now. */
struct figures watch_at_base(const struct watch *watch, uint32_t index,
			     const struct tally *tally);

/* False: memory was wanting, so the sums of this judge are worthless. */
bool watch_sums(const struct watch *watch, unsigned judge, struct watch_sums *sums);
/* Size and count of a tally at the judge's peak, the rest as now; all 0 if the
 * judge does not keep it. */
struct figures watch_at_peak(const struct watch *watch, unsigned judge, uint32_t index,
			     const struct tally *tally);

#endif
