/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Current, blocks and all other sums of figures are added up from the rows, so that
 * totals and rows agree whoever wrote the tick. */
#include "tracer/heap/past.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"

#define TOTALS(X) \
	X(current) X(peak) X(peak_ever) X(blocks) X(allocations) X(frees) X(total) \
	X(temporary) X(unknown_frees) X(lost) X(truncated) X(events) \
	X(lost_allocations) X(lost_frees) X(unended) \
	X(cut[CUT_NFRAME]) X(cut[CUT_NO_RULES]) X(cut[CUT_JIT]) X(cut[CUT_COROUTINE]) \
	X(cut[CUT_UNREADABLE]) X(cut[CUT_FILTER]) X(cut[CUT_FULL])
#define ONE(name) +1
_Static_assert(HISTORY_TOTALS == 1 TOTALS(ONE), "nframe and all totals");

void past_totals(const struct totals *totals, uint32_t nframe,
		 uint64_t to[HISTORY_TOTALS])
{
	unsigned at = 1;

	to[0] = nframe;
#define PUT(name) to[at++] = totals->name;
	TOTALS(PUT)
}

static void read_totals(const uint64_t from[HISTORY_TOTALS], struct totals *totals)
{
	unsigned at = 1;

#define TAKE(name) totals->name = from[at++];
	TOTALS(TAKE)
}

static void put_totals(const uint64_t from[HISTORY_TOTALS], struct snapshot *snapshot)
{
	struct totals *totals = &snapshot->totals;

	snapshot->nframe = from[0] <= UINT16_MAX ? (uint32_t)from[0] : UINT16_MAX;
	read_totals(from, totals);
	totals->current = totals->blocks = totals->allocations = totals->total = 0;
	unknown_add(&snapshot->unknown, (struct module_id){ 0 }, totals->unknown_frees);
}

static void past_sum(const struct snapshot_row *row, struct totals *totals)
{
	const struct figures *now = &row->figures->now;

	if (snapshot_row_maps(row)) {
		totals->mapped += now->size;
		return;
	}
	totals->current += now->size;
	totals->blocks += now->count;
	totals->allocations += now->allocations;
	totals->total += now->total;
}

#define MOST (INT64_C(1) << 62)         /* the same limit as for a live heap's sums */

/* Sets a row from a ledger's figures.  0, -ENOMEM, or -EINVAL: no heap ever had such a
 * row. */
static int past_put_row(const struct change *from, struct snapshot *snapshot,
			struct snapshot_row *row)
{
	for (unsigned i = 0; i < CHANGE_FIGURES; i++)
		if (from->by[i] < 0 || from->by[i] > MOST)
			return -EINVAL;
	if (from->by[CHANGE_COUNT] > from->by[CHANGE_ALLOCATIONS])
		return -EINVAL;
	*row = (struct snapshot_row){
		.trace = { from->trace }, .thread = from->thread, .domain = from->domain,
	};
	struct row_figures figures = {
		.now = { .size = (uint64_t)from->by[CHANGE_SIZE],
			 .count = (uint64_t)from->by[CHANGE_COUNT],
			 .allocations = (uint64_t)from->by[CHANGE_ALLOCATIONS],
			 .total = (uint64_t)from->by[CHANGE_TOTAL] },
	};
	row_figures_ageless(&figures);
	return snapshot_put(snapshot, row, &figures) ? 0 : -ENOMEM;
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
		int error = past_put_row(&ledger->rows[i], snapshot, row);

		if (error || (ids && !ids(user, row)))
			return error ? error : -EINVAL;
		past_sum(row, totals);
		if (totals->current > MOST || totals->total > MOST)
			return -EINVAL;
		n++;
	}
	snapshot->rows_length = n;
	totals->frees = totals->allocations - totals->blocks;
	return 0;
}

int past_snapshot(struct snapshot **out, struct catalog *catalog, const struct history *history,
		  size_t at, const struct ledger *ledger, past_ids *ids, void *user)
{
	const struct history_tick *tick = history_tick(history, at);
	struct snapshot *snapshot = snapshot_new(catalog, ledger->length);
	uint64_t totals[HISTORY_TOTALS];

	*out = NULL;
	if (!snapshot)
		return -ENOMEM;
	history_totals(history, at, totals);
	snapshot->kind = MOMENT_TICK;
	snapshot->ageless = true;
	snapshot->time = tick->time;
	snprintf(snapshot->name, sizeof(snapshot->name), "%.6fs", tick->time);
	put_totals(totals, snapshot);
	int error = past_rows(snapshot, ledger, ids, user);

	if (error)
		snapshot_release(snapshot);
	else
		*out = snapshot;
	return error;
}

bool past_ticks(const struct history *history, bool ends, struct tick_list *list)
{
	size_t length = history_ticks(history);

	if (!array_grow(&list->of, &list->room, length, sizeof(*list->of)))
		return false;
	for (size_t i = 0; i < length; i++) {
		const struct history_tick *tick = history_tick(history, i);
		bool over = ends && (tick->why & HISTORY_END);
		struct totals totals = { 0 };
		uint64_t figures[HISTORY_TOTALS];

		history_totals(history, i, figures);
		read_totals(figures, &totals);
		list->of[i] = (struct tick){
			.time = tick->time,
			.current = over ? 0 : totals.current,
			.peak = over ? 0 : totals.peak,
			.blocks = over ? 0 : totals.blocks,
			.allocations = totals.allocations,
		};
	}
	list->length = length;
	return true;
}

/* Merges two lists: at each time of either one, what both had then.  The peak of the sum
 * is not known; it cannot exceed the sum of the peaks. */
static void merge_ticks(const struct tick_list *sum, const struct tick_list *part,
			struct tick_list *both)
{
	static const struct tick none;
	size_t a = 0, b = 0;

	while (a < sum->length || b < part->length) {
		double of_a = a < sum->length ? sum->of[a].time : INFINITY;
		double of_b = b < part->length ? part->of[b].time : INFINITY;

		a += of_a <= of_b;
		b += of_b <= of_a;
		const struct tick *one = a ? &sum->of[a - 1] : &none;
		const struct tick *other = b ? &part->of[b - 1] : &none;

		both->of[both->length++] = (struct tick){
			.time = of_a <= of_b ? of_a : of_b,
			.current = one->current + other->current,
			.peak = one->current + other->current,
			.blocks = one->blocks + other->blocks,
			.allocations = one->allocations + other->allocations,
		};
	}
}

bool past_ticks_add(struct tick_list *sum, const struct tick_list *part)
{
	struct tick_list both = { 0 };

	if (!part->length)
		return true;
	if (!array_grow(&both.of, &both.room, sum->length + part->length, sizeof(*both.of)))
		return false;
	if (sum->length) {
		merge_ticks(sum, part, &both);
	} else {
		memcpy(both.of, part->of, part->length * sizeof(*both.of));
		both.length = part->length;
	}
	free(sum->of);
	*sum = both;
	return true;
}

void past_extent(const struct history *history, struct history_extent *extent)
{
	static const double ages[HISTORY_BANDS + 1] = { 0, 600, 7200, 86400, 1e15 };
	size_t length = history_ticks(history);

	*extent = (struct history_extent){ .ticks = length };
	if (!length)
		return;
	extent->bytes = history_bytes(history);
	extent->begins = history_tick(history, 0)->time;
	extent->ends = history_tick(history, length - 1)->time;
	for (unsigned i = 0; i < HISTORY_BANDS; i++)
		extent->step[i] = history_step(history, ages[i], ages[i + 1]);
}
