/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds rows of a moment again by their keys, for tables that have more about them. */
#include "tracer/collect/recording/recording_places.h"

#include <stdlib.h>

static uint64_t order_of(const struct snapshot_row *row)
{
	return (uint64_t)row->trace.v << 32 | (uint32_t)row->thread << 16 | row->domain;
}

static int compare_keys(const void *a, const void *b)
{
	const struct recording_place *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

bool places_make(struct recording_places *places, const struct snapshot *snapshot)
{
	*places = (struct recording_places){ .length = snapshot->rows_length };
	places->of = calloc(places->length + 1, sizeof(*places->of));
	if (!places->of)
		return false;
	for (size_t i = 0; i < places->length; i++)
		places->of[i] = (struct recording_place){ order_of(&snapshot->rows[i]),
							  (uint32_t)i };
	qsort(places->of, places->length, sizeof(*places->of), compare_keys);
	return true;
}

void places_free(struct recording_places *places) { free(places->of); }

bool places_find(struct recording_places *places, const struct recording *recording,
		 struct recording_row *row, uint32_t *found)
{
	uint32_t trace = row_u32(row, 0, UINT32_MAX), thread = row_u32(row, 1, UINT16_MAX);
	const struct snapshot_row wanted = {
		.trace = { trace ? ids_find(&recording->traces, trace) : 0 },
		.thread = (uint16_t)(thread ? ids_find(&recording->threads, thread) : 0),
		.domain = (uint16_t)row_u32(row, 2, UINT16_MAX),
	};

	while (places->at < places->length && places->of[places->at].key < order_of(&wanted))
		places->at++;
	if (places->at == places->length || places->of[places->at].key != order_of(&wanted))
		return false;
	*found = places->of[places->at++].row;
	return true;
}
