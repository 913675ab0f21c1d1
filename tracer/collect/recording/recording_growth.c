/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the curves of a moment's rows and their axis, which store/store_growth.c
 * wrote. */
#include "tracer/collect/recording/recording_places.h"
#include "tracer/ground/array.h"

#include <errno.h>
#include <stdlib.h>
#include "tracer/heap/growth/pack.h"

struct reading {
	struct snapshot *snapshot;
	struct recording_places places;
	size_t room;
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

/* Adds a curve.  Curves and rows both come in the order of their ids; a curve without a
 * row does not belong to the moment. */
static int fold_curve(struct recording *recording, struct recording_row *row, void *user)
{
	struct reading *reading = user;
	size_t length;
	uint32_t found;
	struct snapshot_growth *growth = reading->snapshot->growth;
	const void *bytes = row_blob(row, 3, &length);
	struct growth_row *to;

	if (!bytes || !places_find(&reading->places, recording, row, &found))
		return -EINVAL;
	if (!array_grow(&growth->rows, &reading->room, growth->length + 1, sizeof(*growth->rows)))
		return -ENOMEM;
	to = &growth->rows[growth->length++];
	*to = (struct growth_row){ .row = found };
	return growth_unpack(&to->curve, bytes, length) ? 0 : -EINVAL;
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
	if (!places_make(&reading.places, snapshot))
		return recording_failed(recording, error, "out of memory");
	result = recording_query(recording, "SELECT trace, thread, domain, curve FROM growth"
				 " WHERE moment = ? ORDER BY trace, thread, domain", moment,
				 fold_curve, &reading, error);
	places_free(&reading.places);
	return result;
}
