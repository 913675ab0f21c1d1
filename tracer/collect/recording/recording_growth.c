/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves of a moment's rows and their axis, read again (store/store_growth.c wrote them). */
#include "tracer/collect/recording/recording_parts.h"
#include "tracer/ground/array.h"

#include <errno.h>
#include <stdlib.h>
#include "tracer/heap/growth/pack.h"

/* A row of the snapshot, by what it is. */
struct place {
	uint64_t key;
	uint32_t row;
};

struct reading {
	struct snapshot *snapshot;
	struct place *places;           /* by key */
	size_t room, at;                /* at: the place that is looked at */
};

static const void *row_blob(struct recording_row *row, int column, size_t *length)
{
	if (sqlite3_column_type(row->statement, column) != SQLITE_BLOB) {
		row->bad = true;
		*length = 0;
		return NULL;
	}
	*length = (size_t)sqlite3_column_bytes(row->statement, column);
	return sqlite3_column_blob(row->statement, column);
}

static int fold_axis(struct recording *recording, struct recording_row *row, void *user)
{
	struct reading *reading = user;
	size_t length;
	const void *bytes = row_blob(row, 0, &length);
	struct snapshot_growth *growth;

	(void)recording;
	if (!bytes || reading->snapshot->growth)
		return -EINVAL;
	growth = reading->snapshot->growth = calloc(1, sizeof(*growth));
	if (!growth)
		return -ENOMEM;
	return growth_unpack_axis(&growth->axis, bytes, length) ? 0 : -EINVAL;
}

static uint64_t order_of(const struct snapshot_row *row)
{
	return (uint64_t)row->trace.v << 32 | (uint32_t)row->thread << 16 | row->domain;
}

/* Both come in the order of their ids; a curve without a row is of no moment. */
static int fold_curve(struct recording *recording, struct recording_row *row, void *user)
{
	struct reading *reading = user;
	size_t rows = reading->snapshot->rows_length, length;
	struct snapshot_growth *growth = reading->snapshot->growth;
	uint32_t trace = row_u32(row, 0, UINT32_MAX), thread = row_u32(row, 1, UINT16_MAX);
	const struct snapshot_row wanted = {
		.trace = { trace ? ids_find(&recording->traces, trace) : 0 },
		.thread = (uint16_t)(thread ? ids_find(&recording->threads, thread) : 0),
		.domain = (uint16_t)row_u32(row, 2, UINT16_MAX),
	};
	const void *bytes = row_blob(row, 3, &length);
	struct growth_row *to;

	while (reading->at < rows && reading->places[reading->at].key < order_of(&wanted))
		reading->at++;
	if (!bytes || reading->at == rows || reading->places[reading->at].key != order_of(&wanted))
		return -EINVAL;
	if (!array_grow(&growth->rows, &reading->room, growth->length + 1, sizeof(*growth->rows)))
		return -ENOMEM;
	to = &growth->rows[growth->length++];
	to->row = reading->places[reading->at++].row;
	return growth_unpack(&to->curve, bytes, length) ? 0 : -EINVAL;
}

static int compare_keys(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static struct place *find_places(const struct snapshot *snapshot)
{
	struct place *places = calloc(snapshot->rows_length + 1, sizeof(*places));

	for (size_t i = 0; places && i < snapshot->rows_length; i++)
		places[i] = (struct place){ order_of(&snapshot->rows[i]), (uint32_t)i };
	if (places)
		qsort(places, snapshot->rows_length, sizeof(*places), compare_keys);
	return places;
}

int recording_growth(struct recording *recording, uint64_t moment, struct snapshot *snapshot,
		     struct error *error)
{
	struct reading reading = { .snapshot = snapshot };
	int result;

	if (!recording->has_growth)
		return 0;
	if (recording_query(recording, "SELECT axis FROM growth_axis WHERE moment = ?", moment,
			    fold_axis, &reading, error))
		return -1;
	if (!snapshot->growth)
		return 0;
	reading.places = find_places(snapshot);
	if (!reading.places)
		return recording_failed(recording, error, "out of memory");
	result = recording_query(recording, "SELECT trace, thread, domain, curve FROM growth"
				 " WHERE moment = ? ORDER BY trace, thread, domain", moment,
				 fold_curve, &reading, error);
	free(reading.places);
	return result;
}
