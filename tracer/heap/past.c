/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Current, blocks and all that is a sum of figures is added up anew: so the totals are
 * those of the rows, whoever wrote the tick. */
#include "tracer/heap/past.h"

#include <errno.h>
#include <stdio.h>

#define TOTALS(X) \
	X(current) X(peak) X(peak_ever) X(blocks) X(allocations) X(frees) X(total) \
	X(temporary) X(unknown_frees) X(lost) X(truncated) X(events) \
	X(lost_allocations) X(lost_frees) X(unended) \
	X(cut[CUT_NFRAME]) X(cut[CUT_NO_RULES]) X(cut[CUT_JIT]) X(cut[CUT_COROUTINE]) \
	X(cut[CUT_UNREADABLE]) X(cut[CUT_FILTER]) X(cut[CUT_FULL])
#define ONE(name) +1
_Static_assert(HISTORY_TOTALS == 1 TOTALS(ONE), "nframe and all totals");

void past_totals(const struct totals *totals, uint32_t nframe, uint64_t to[HISTORY_TOTALS])
{
	unsigned at = 1;

	to[0] = nframe;
#define PUT(name) to[at++] = totals->name;
	TOTALS(PUT)
}

static void put_totals(const uint64_t from[HISTORY_TOTALS], struct snapshot *snapshot)
{
	struct totals *totals = &snapshot->totals;
	unsigned at = 1;

	snapshot->nframe = from[0] <= UINT16_MAX ? (uint32_t)from[0] : UINT16_MAX;
#define TAKE(name) totals->name = from[at++];
	TOTALS(TAKE)
	totals->current = totals->blocks = totals->allocations = totals->total = 0;
	unknown_add(&snapshot->unknown, (struct module_id){ 0 }, totals->unknown_frees);
}

static void past_sum(const struct snapshot_row *row, struct totals *totals)
{
	if (snapshot_row_maps(row)) {
		totals->mapped += row->now.size;
		return;
	}
	totals->current += row->now.size;
	totals->blocks += row->now.count;
	totals->allocations += row->now.allocations;
	totals->total += row->now.total;
}

#define MOST (INT64_C(1) << 62)         /* as a live heap's sums */

/* False: no heap ever had such a row. */
static bool past_put_row(const struct change *from, struct snapshot_row *row)
{
	for (unsigned i = 0; i < CHANGE_FIGURES; i++)
		if (from->by[i] < 0 || from->by[i] > MOST)
			return false;
	*row = (struct snapshot_row){
		.trace = { from->trace }, .thread = from->thread, .domain = from->domain,
		.now = { .size = (uint64_t)from->by[CHANGE_SIZE],
			 .count = (uint64_t)from->by[CHANGE_COUNT],
			 .allocations = (uint64_t)from->by[CHANGE_ALLOCATIONS],
			 .total = (uint64_t)from->by[CHANGE_TOTAL] },
	};
	snapshot_row_ageless(row);
	return from->by[CHANGE_COUNT] <= from->by[CHANGE_ALLOCATIONS];
}

static int past_rows(struct snapshot *snapshot, const struct ledger *ledger, past_ids *ids,
		    void *user)
{
	struct totals *totals = &snapshot->totals;
	size_t n = 0;

	for (size_t i = 0; i < ledger->length; i++) {
		struct snapshot_row *row = &snapshot->rows[n];

		if (change_is_none(&ledger->rows[i]))
			continue;
		if (!past_put_row(&ledger->rows[i], row) || (ids && !ids(user, row)))
			return -EINVAL;
		past_sum(row, totals);
		if (totals->current > MOST || totals->total > MOST)
			return -EINVAL;
		n++;
	}
	snapshot->rows_length = n;
	totals->frees = totals->allocations - totals->blocks;
	return 0;
}

int past_snapshot(struct snapshot **out, struct catalog *catalog, const struct history_tick *tick,
		  const struct ledger *ledger, past_ids *ids, void *user)
{
	struct snapshot *snapshot = snapshot_new(catalog, ledger->length);

	*out = NULL;
	if (!snapshot)
		return -ENOMEM;
	snapshot->kind = MOMENT_TICK;
	snapshot->ageless = true;
	snapshot->time = tick->time;
	snprintf(snapshot->name, sizeof(snapshot->name), "%.6fs", tick->time);
	put_totals(tick->totals, snapshot);
	int error = past_rows(snapshot, ledger, ids, user);

	if (error)
		snapshot_release(snapshot);
	else
		*out = snapshot;
	return error;
}

void past_extent(const struct history *history, struct history_extent *extent)
{
	static const double ages[HISTORY_BANDS + 1] = { 0, 600, 7200, 86400, 1e15 };
	size_t length = history_length(history);

	*extent = (struct history_extent){ .ticks = length };
	if (!length)
		return;
	extent->bytes = history_bytes(history);
	extent->begins = history_tick(history, 0)->time;
	extent->ends = history_tick(history, length - 1)->time;
	for (unsigned i = 0; i < HISTORY_BANDS; i++)
		extent->step[i] = history_step(history, ages[i], ages[i + 1]);
}
