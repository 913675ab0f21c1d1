/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_WATCH_H
#define TRACER_HEAP_WATCH_H
/*
 * Sums over parts of the heap, each with a peak of its own.  There are up to 64 judges;
 * each is asked once for each tally (that is, for each stack, thread and domain) whether
 * its blocks belong to that judge's part.  What a tally held at a judge's peak is kept by
 * epochs, as tally.h does for the peak of all.
 *
 * Besides, there is a base: what each tally held when the base was last set, so that
 * growth since then can be told.
 */
#include <stdbool.h>
#include "tracer/heap/snapshot.h"
#include "tracer/heap/tally/tally.h"

#define WATCH_JUDGES 64u

struct watch;

/* Returns a bit for each judge that keeps the row, of which trace, thread and domain are
 * set. */
typedef uint64_t watch_keeps(void *user, const struct snapshot_row *row);

struct watch_sums {
	struct figures now;
	uint64_t peak;                  /* the highest now.size so far */
};

/* Without judges only a base is kept.  NULL: out of memory. */
struct watch *watch_new(unsigned judges, watch_keeps *keeps, void *user);
void watch_free(struct watch *watch);

/* To be called before a tally's figures change by a block that begins, or one that
 * ends. */
void watch_add(struct watch *watch, const struct tallies *tallies, uint32_t index,
	       uint64_t size, uint64_t count);
void watch_drop(struct watch *watch, const struct tallies *tallies, uint32_t index,
		uint64_t size, uint64_t count);
/* Puts a block back that had ended, as if nothing had happened. */
void watch_restore(struct watch *watch, const struct tallies *tallies, uint32_t index,
		   uint64_t size, uint64_t count);
/* The judges that keep a tally, which is no provisional one. */
uint64_t watch_judges(struct watch *watch, const struct tallies *tallies, uint32_t index);
/* For a block that begins and may end soon (fold/young.c), whose tally these judges keep.
 * Lays it aside, in no sum, unless with all blocks that are aside it might lead to a peak:
 * false.  It ends there, and changes no tally but in what was ever allocated; or it is taken
 * up, and then added. */
bool watch_lay_aside(struct watch *watch, uint64_t judges, uint64_t size);
void watch_count_pair(struct watch *watch, uint64_t judges, uint64_t size);
void watch_take_up(struct watch *watch, uint64_t judges, uint64_t size);
/* To be called before the figures of a provisional tally, which no judge has seen, are
 * moved. */
void watch_settle(struct watch *watch, const struct tallies *tallies, uint32_t index,
		  uint32_t to);

/* Makes what all tallies hold now the base. */
void watch_set_base(struct watch *watch);
/* A tally's size and count at the base; its other figures as of now. */
struct figures watch_at_base(const struct watch *watch, const struct tallies *tallies,
			     uint32_t index);

/* The sums of one judge.  False: memory ran out, so they are worthless. */
bool watch_sums(const struct watch *watch, unsigned judge, struct watch_sums *sums);
/* A tally's size and count at the judge's peak, its other figures as of now; all 0 if the
 * judge does not keep it. */
struct figures watch_at_peak(const struct watch *watch, unsigned judge,
			     const struct tallies *tallies, uint32_t index);

#endif
