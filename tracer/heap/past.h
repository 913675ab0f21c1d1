/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_PAST_H
#define TRACER_HEAP_PAST_H
/* Ticks of a history as snapshots, and the meaning of the numbers that a tick has besides
 * its figures. */
#include "tracer/heap/history/history.h"
#include "tracer/heap/catalog/program.h"
#include "tracer/heap/snapshot.h"

/* Converts the totals of a tick to numbers: nframe, then the columns of the recording's
 * table `moment` in their order; and back. */
void past_totals(const struct totals *totals, uint32_t nframe, uint64_t to[HISTORY_TOTALS]);

/* Translates a row's ids from the recording's to the catalog's.  False: there are
 * none. */
typedef bool past_ids(void *user, struct snapshot_row *row);

/* Tick number `at` of a history, whose figures the ledger has, as a snapshot of kind
 * MOMENT_TICK with one reference, named after its time ("20.013000s"); the caller sets process
 * and sample.  `ids` may be NULL.  0, -ENOMEM, or -EINVAL: no heap ever had such figures. */
int past_snapshot(struct snapshot **out, struct catalog *catalog, const struct history *history,
		  size_t at, const struct ledger *ledger, past_ids *ids, void *user);

/* Ticks by ascending time.  Zero-initialise; `of` is from malloc. */
struct tick_list {
	struct tick *of;
	size_t length, room;
};

/* Sets the list to the ticks of a history.  `ends`: when it ends, the process frees all;
 * not so the first process, whose end is that of the run.  False: out of memory. */
bool past_ticks(const struct history *history, bool ends, struct tick_list *list);
/* Adds another process's list: at each time of either one stands what both had then.
 * False: out of memory, and nothing has changed. */
bool past_ticks_add(struct tick_list *sum, const struct tick_list *part);

/* How far back a history goes, and how fine it is. */
void past_extent(const struct history *history, struct history_extent *extent);

#endif
