/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tallies without a model: what is added stays. */
#include "tracer/heap/sum.h"

#include <math.h>
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/heap/tally/tally.h"

struct sum {
	struct catalog *catalog;
	struct tallies tallies;
	struct sum_age {
		uint64_t born, oldest;  /* as a snapshot's row */
	} *ages;                        /* by tally */
	size_t ages_length, ages_room;
	double walked;                  /* the earliest of all; negative: one never was */
	bool ageless;                   /* one of them is */
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

	if (!sum)
		return NULL;
	sum->catalog = catalog_retain(catalog);
	sum->walked = INFINITY;
	return sum;
}

void sum_free(struct sum *sum)
{
	if (!sum)
		return;
	tallies_free(&sum->tallies);
	free(sum->ages);
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

/* Births of all are seconds of one run: they can be added up. */
static bool add_age(struct sum *sum, uint32_t index, const struct snapshot_row *row)
{
	struct sum_age *age;

	if (index >= sum->ages_length) {
		if (!array_grow(&sum->ages, &sum->ages_room, index + (size_t)1, sizeof(*age)))
			return false;
		while (sum->ages_length <= index)
			sum->ages[sum->ages_length++] = (struct sum_age){ 0, 0 };
	}
	age = &sum->ages[index];
	if (!row->now.count)
		return true;
	if (row->oldest == AGE_UNKNOWN || age->oldest == AGE_UNKNOWN)
		age->oldest = AGE_UNKNOWN;
	else if (!tally_at(&sum->tallies, index)->now.count || row->oldest < age->oldest)
		age->oldest = row->oldest;
	if (row->born == AGE_UNKNOWN || age->born == AGE_UNKNOWN)
		age->born = AGE_UNKNOWN;
	else
		age->born += row->born;
	return true;
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
	if (!add_age(sum, index, holds ? row : &(const struct snapshot_row){ .born = 0 }))
		return false;
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
	if (holds) {
		add_growth(sum, snapshot);
		sum->ageless |= snapshot->ageless;
		sum->walked = fmin(sum->walked, snapshot->walked);
	}
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
		row->born = i < sum->ages_length ? sum->ages[i].born : AGE_UNKNOWN;
		row->oldest = i < sum->ages_length ? sum->ages[i].oldest : AGE_UNKNOWN;
		for (unsigned k = 0; k < SIZE_CLASSES; k++)
			row->sizes[k] = tally->sizes[k];
	}
	snapshot->totals = sum->totals;
	snapshot->unknown = sum->unknown;
	snapshot->growth = copy_growth(sum->growth);
	snapshot->ageless = sum->ageless;
	snapshot->walked = isinf(sum->walked) ? -1 : sum->walked;
	snapshot->nframe = sum->nframe;
	snapshot->sample = sum->sample;
	return snapshot;
}
