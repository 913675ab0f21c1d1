/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_PAST_H
#define TRACER_HEAP_PAST_H
/* Ticks of a history as snapshots, and the numbers that a tick has beside its figures. */
#include "tracer/heap/history/history.h"
#include "tracer/heap/catalog/program.h"
#include "tracer/heap/snapshot.h"

/* The totals of a tick, in their order: nframe, then those of the recording's table
 * `moment`.  Both ways. */
void past_totals(const struct totals *totals, uint32_t nframe, uint64_t to[HISTORY_TOTALS]);

/* The catalog's ids of a row that has a recording's; false: there are none. */
typedef bool past_ids(void *user, struct snapshot_row *row);

/* What stands in the ledger at a tick: one reference, of kind MOMENT_TICK, called by its
 * time ("20.013000s"); process and sample are the caller's.  `ids` may be NULL.  0, or
 * -ENOMEM, or -EINVAL: no heap ever had such figures. */
int past_snapshot(struct snapshot **out, struct catalog *catalog, const struct history_tick *tick,
		  const struct ledger *ledger, past_ids *ids, void *user);

/* Ticks by rising time; zeroed at first, `of` is from malloc. */
struct tick_list {
	struct tick *of;
	size_t length, room;
};

/* Makes the list that of a history.  `ends`: at its end the process lets go of all, which
 * the first process does not, as its end is the run's.  False: out of memory. */
bool past_ticks(const struct history *history, bool ends, struct tick_list *list);
/* Adds another process's: at each time that either has a tick of stands what both had
 * then. False: out of memory, and nothing has changed. */
bool past_ticks_add(struct tick_list *sum, const struct tick_list *part);

/* How far back it goes, and how fine it is. */
void past_extent(const struct history *history, struct history_extent *extent);

#endif
