/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tallies without a model: what is added stays. */
#include "tracer/heap/sum.h"

#include <stdlib.h>
#include "tracer/heap/tally/tally.h"

struct sum {
	struct catalog *catalog;
	struct tallies tallies;
	struct totals totals;
	struct unknown_frees unknown;
	uint32_t nframe;
	uint64_t sample;
	struct snapshot_growth *growth; /* of the one snapshot that has some, by tally */
	bool grown;                     /* one had */
};

struct sum *sum_new(struct catalog *catalog)
{
	struct sum *sum = calloc(1, sizeof(*sum));

	if (sum)
		sum->catalog = catalog_retain(catalog);
	return sum;
}

void sum_free(struct sum *sum)
{
	if (!sum)
		return;
	tallies_free(&sum->tallies);
	snapshot_growth_free(sum->growth);
	catalog_release(sum->catalog);
	free(sum);
}

void sum_history(struct totals *to, const struct totals *from)
{
	to->allocations += from->allocations;
	to->frees += from->frees;
	to->total += from->total;
	to->temporary += from->temporary;
	to->unknown_frees += from->unknown_frees;
	to->lost += from->lost;
	to->lost_allocations += from->lost_allocations;
	to->lost_frees += from->lost_frees;
	to->unended += from->unended;
	to->truncated += from->truncated;
	for (unsigned i = 0; i < CUTS; i++)
		to->cut[i] += from->cut[i];
	to->events += from->events;
}

static void add_totals(struct totals *to, const struct totals *from, bool holds)
{
	if (holds) {
		to->current += from->current;
		to->blocks += from->blocks;
		to->mapped += from->mapped;
	}
	to->peak += from->peak;
	to->peak_ever += from->peak_ever;
	sum_history(to, from);
}

static bool add_row(struct sum *sum, const struct snapshot_row *row, bool holds)
{
	uint32_t index;

	if (tally_get(&sum->tallies, row->trace.v, row->thread, row->domain, &index))
		return false;
	struct tally *tally = tally_at(&sum->tallies, index);

	tally->now.allocations += row->now.allocations;
	tally->now.total += row->now.total;
	tally->now.temporary += row->now.temporary;
	tally->at_peak += row->peak;
	if (!holds)
		return true;
	tally->now.size += row->now.size;
	tally->now.count += row->now.count;
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		tally->sizes[i] += row->sizes[i];
	return true;
}

/* Curves of two processes have slices of their own each, and no sum: only where one
 * alone has curves they are the sum's. */
static void add_growth(struct sum *sum, const struct snapshot *snapshot)
{
	const struct snapshot_growth *from = snapshot->growth;
	struct snapshot_growth *growth = NULL;

	if (!from)
		return;
	snapshot_growth_free(sum->growth);
	sum->growth = NULL;
	if (!sum->grown)
		growth = calloc(1, sizeof(*growth));
	sum->grown = true;
	if (growth)
		growth->rows = calloc(from->length + 1, sizeof(*growth->rows));
	if (!growth || !growth->rows) {
		free(growth);
		return;
	}
	growth->axis = from->axis;
	for (size_t i = 0; i < from->length; i++) {
		const struct snapshot_row *row = &snapshot->rows[from->rows[i].row];
		struct growth_row *to = &growth->rows[growth->length];

		*to = from->rows[i];
		growth->length += !tally_get(&sum->tallies, row->trace.v, row->thread, row->domain,
					     &to->row);
	}
	sum->growth = growth;
}

bool sum_add(struct sum *sum, const struct snapshot *snapshot, bool holds)
{
	bool whole = true;

	add_totals(&sum->totals, &snapshot->totals, holds);
	unknown_add_all(&sum->unknown, &snapshot->unknown);
	if (sum->nframe < snapshot->nframe)
		sum->nframe = snapshot->nframe;
	sum->sample = snapshot->sample;
	for (size_t i = 0; i < snapshot->rows_length; i++)
		whole &= add_row(sum, &snapshot->rows[i], holds);
	if (holds)
		add_growth(sum, snapshot);
	return whole;
}

static int compare_places(const void *a, const void *b)
{
	const struct growth_row *x = a, *y = b;

	return (x->row > y->row) - (x->row < y->row);
}

/* A copy of the curves, in the order of the rows; NULL: none, or no memory. */
static struct snapshot_growth *copy_growth(const struct snapshot_growth *from)
{
	struct snapshot_growth *growth = from ? calloc(1, sizeof(*growth)) : NULL;

	if (!growth)
		return NULL;
	*growth = *from;
	growth->rows = malloc((from->length + 1) * sizeof(*growth->rows));
	if (!growth->rows) {
		free(growth);
		return NULL;
	}
	memcpy(growth->rows, from->rows, from->length * sizeof(*growth->rows));
	qsort(growth->rows, growth->length, sizeof(*growth->rows), compare_places);
	return growth;
}

struct snapshot *sum_snapshot(const struct sum *sum)
{
	struct snapshot *snapshot = snapshot_new(sum->catalog, sum->tallies.length);

	if (!snapshot)
		return NULL;
	for (uint32_t i = 0; i < sum->tallies.length; i++) {
		const struct tally *tally = tally_at(&sum->tallies, i);
		struct snapshot_row *row = &snapshot->rows[i];

		row->trace.v = tally->trace;
		row->thread = tally->thread;
		row->domain = tally->domain;
		row->now = tally->now;
		row->peak = tally->at_peak;
		for (unsigned k = 0; k < SIZE_CLASSES; k++)
			row->sizes[k] = tally->sizes[k];
	}
	snapshot->totals = sum->totals;
	snapshot->unknown = sum->unknown;
	snapshot->growth = copy_growth(sum->growth);
	snapshot->nframe = sum->nframe;
	snapshot->sample = sum->sample;
	return snapshot;
}
