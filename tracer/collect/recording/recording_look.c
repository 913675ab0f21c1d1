/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a look found at a moment, read again (store/store_look.c wrote it). */
#include "tracer/collect/recording/recording_places.h"

#include <errno.h>
#include <string.h>

#define PAUSE_MOST 1e9                  /* seconds */

struct reading {
	struct snapshot *snapshot;
	struct recording_places places;
	uint64_t type;                  /* of the last part */
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

/* Unreachable blocks are live ones: their sums can't be more than what was live. */
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

static int fold_type(struct recording *recording, struct recording_row *row, void *user)
{
	struct look_types *types = ((struct reading *)user)->snapshot->look->types;
	size_t length;
	const char *name = row_text(row, 1, &length);
	uint32_t number;

	(void)recording;
	if (!name || row_u64(row, 0) > types->names_length || strlen(name) != length)
		return -EINVAL;
	number = look_types_name(types, name);
	return number == UINT32_MAX ? -ENOMEM : number == row_u64(row, 0) ? 0 : -EINVAL;
}

/* By type, and each time by rows from the first on. */
static int fold_part(struct recording *recording, struct recording_row *row, void *user)
{
	struct reading *reading = user;
	struct snapshot *snapshot = reading->snapshot;
	uint64_t type = row_u64(row, 3);
	const struct figures now = { .size = row_u64(row, 4), .count = row_u64(row, 5) };
	const struct look_figures found = {
		.garbage = row_u64(row, 6), .garbage_blocks = row_u64(row, 7),
		.indirect = row_u64(row, 8), .indirect_blocks = row_u64(row, 9),
		.inside = row_u64(row, 10), .inside_blocks = row_u64(row, 11),
	};
	uint32_t at;

	if (type != reading->type)
		reading->places.at = 0;
	reading->type = type;
	if (type >= snapshot->look->types->names_length || !is_of_it(&found, &now) ||
	    !places_find(&reading->places, recording, row, &at) ||
	    now.size > snapshot->rows[at].now.size || now.count > snapshot->rows[at].now.count)
		return -EINVAL;
	struct look_part *part = look_types_part(snapshot->look->types, at, (uint32_t)type);

	if (!part)
		return -ENOMEM;
	part->size = now.size;
	part->count = now.count;
	part->look = found;
	return 0;
}

static int read_types(struct recording *recording, uint64_t moment, struct reading *reading,
		      struct error *error)
{
	reading->type = UINT64_MAX;
	reading->snapshot->look->types = look_types_new();
	if (!reading->snapshot->look->types)
		return recording_failed(recording, error, "out of memory");
	return recording_query(recording, "SELECT type, name FROM look_type WHERE moment = ?"
					  " ORDER BY type", moment, fold_type, reading, error) ||
	       recording_query(recording, "SELECT trace, thread, domain, type, size, count,"
					  " garbage, garbage_blocks, indirect, indirect_blocks,"
					  " inside, inside_blocks FROM look_part WHERE moment = ?"
					  " ORDER BY type, trace, thread, domain", moment, fold_part,
			       reading, error) ? -1 : 0;
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

	if (!result && recording->has_types)
		result = read_types(recording, moment, &reading, error);
	if (!result && recording->has_types && recording->has_held)
		result = recording_held(recording, moment, snapshot, error);
	places_free(&reading.places);
	return result;
}
