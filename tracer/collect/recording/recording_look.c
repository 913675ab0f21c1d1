/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a look found at a moment, read again (store/store_look.c wrote it). */
#include "tracer/collect/recording/recording_places.h"

#include <errno.h>

#define PAUSE_MOST 1e9                  /* seconds */

struct reading {
	struct snapshot *snapshot;
	struct recording_places places;
};

static int fold_look(struct recording *recording, struct recording_row *row, void *user)
{
	struct snapshot *snapshot = user;
	double pause = row_real(row, 0);

	(void)recording;
	if (snapshot->look || !(pause >= 0) || pause > PAUSE_MOST)
		return -EINVAL;
	snapshot->look = snapshot_look_new(snapshot->rows_length);
	if (!snapshot->look)
		return -ENOMEM;
	snapshot->look->pause = (uint64_t)(pause * 1e9);
	snapshot->look->copied = row_u64(row, 1);
	snapshot->look->unread = row_u64(row, 2);
	return 0;
}

static bool fits_into(uint64_t part, uint64_t *rest)
{
	if (part > *rest)
		return false;
	*rest -= part;
	return true;
}

/* What is not held is a part of what lives. */
static bool is_of_it(const struct look_figures *found, const struct figures *now)
{
	uint64_t blocks = now->count, bytes = now->size;

	return fits_into(found->garbage_blocks, &blocks) && fits_into(found->indirect_blocks, &blocks) &&
	       fits_into(found->inside_blocks, &blocks) && fits_into(found->garbage, &bytes) &&
	       fits_into(found->indirect, &bytes) && fits_into(found->inside, &bytes);
}

static int fold_look_row(struct recording *recording, struct recording_row *row,
			 void *user)
{
	struct reading *reading = user;
	const struct look_figures found = {
		.garbage = row_u64(row, 3), .garbage_blocks = row_u64(row, 4),
		.indirect = row_u64(row, 5), .indirect_blocks = row_u64(row, 6),
		.inside = row_u64(row, 7), .inside_blocks = row_u64(row, 8),
		.pins = row_u64(row, 9), .pinning = row_u64(row, 10),
	};
	uint32_t at;

	if (!places_find(&reading->places, recording, row, &at) ||
	    !is_of_it(&found, &reading->snapshot->rows[at].now))
		return -EINVAL;
	reading->snapshot->look->rows[at] = found;
	return 0;
}

int recording_look(struct recording *recording, uint64_t moment, struct snapshot *snapshot,
		   struct error *error)
{
	struct reading reading = { .snapshot = snapshot };

	if (!recording->has_looks)
		return 0;
	if (recording_query(recording, "SELECT pause, copied, unread FROM look WHERE moment = ?",
			    moment, fold_look, snapshot, error))
		return -1;
	if (!snapshot->look)
		return 0;
	if (!places_make(&reading.places, snapshot))
		return recording_failed(recording, error, "out of memory");
	int result = recording_query(recording, "SELECT trace, thread, domain, garbage,"
				     " garbage_blocks, indirect, indirect_blocks, inside,"
				     " inside_blocks, pins, pinning FROM look_stat WHERE moment = ?"
				     " ORDER BY trace, thread, domain", moment, fold_look_row, &reading,
				     error);

	places_free(&reading.places);
	return result;
}
