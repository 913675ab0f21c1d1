/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads what a look found at a moment, which store/store_look.c wrote. */
#include "tracer/collect/recording/recording_places.h"

#include <errno.h>
#include <string.h>
#include "tracer/heap/tally/look_arenas.h"

#define PAUSE_MOST 1e9                  /* seconds */

struct reading {
	struct snapshot *snapshot;
	struct recording_places places;
	uint64_t type;                  /* type of the last part, or number of the last
					 * arena */
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

/* Whether the row has at least so much. */
static bool row_holds(const struct snapshot_row *row, uint64_t size, uint64_t count)
{
	return size <= row->figures->now.size && count <= row->figures->now.count;
}

/* Whether the figures are possible: unreachable blocks are live ones, so their sums can't
 * be more than what was live. */
static bool is_of_it(const struct look_figures *found, const struct figures *now)
{
	uint64_t blocks = now->count, bytes = now->size;

	return fits_into(found->garbage_blocks, &blocks) && fits_into(found->indirect_blocks, &blocks) &&
	       fits_into(found->inside_blocks, &blocks) && fits_into(found->garbage, &bytes) &&
	       fits_into(found->indirect, &bytes) && fits_into(found->inside, &bytes) &&
	       found->cycles <= found->indirect;
}

static int fold_look_row(struct recording *recording, struct recording_row *row,
			 void *user)
{
	struct reading *reading = user;
	const struct look_figures found = {
		.garbage = row_u64(row, 3), .garbage_blocks = row_u64(row, 4),
		.indirect = row_u64(row, 5), .indirect_blocks = row_u64(row, 6),
		.inside = row_u64(row, 7), .inside_blocks = row_u64(row, 8),
		.pins = row_u64(row, 9), .pinning = row_u64(row, 10), .cycles = row_u64(row, 11),
	};
	uint32_t at;

	if (!places_find(&reading->places, recording, row, &at) ||
	    !is_of_it(&found, &reading->snapshot->rows[at].figures->now))
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

/* Adds a part.  Parts come by type and, within each type, by rows. */
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
		.cycles = row_u64(row, 12),
	};
	uint32_t at;

	if (type != reading->type)
		reading->places.at = 0;
	reading->type = type;
	if (type >= snapshot->look->types->names_length || !is_of_it(&found, &now) ||
	    !places_find(&reading->places, recording, row, &at) ||
	    !row_holds(&snapshot->rows[at], now.size, now.count))
		return -EINVAL;
	struct look_part *part = look_types_part(snapshot->look->types, at,
						 (uint32_t)type);

	if (!part)
		return -ENOMEM;
	part->size = now.size;
	part->count = now.count;
	part->look = found;
	return 0;
}

/* The rows of a moment; older files do not tell cycles from what else is indirect. */
#define STATS(cycles) "SELECT trace, thread, domain, garbage, garbage_blocks, indirect," \
		      " indirect_blocks, inside, inside_blocks, pins, pinning, " cycles \
		      " FROM look_stat WHERE moment = ? ORDER BY trace, thread, domain"
#define PARTS(cycles) "SELECT trace, thread, domain, type, size, count, garbage, garbage_blocks," \
		      " indirect, indirect_blocks, inside, inside_blocks, " cycles \
		      " FROM look_part WHERE moment = ? ORDER BY type, trace, thread, domain"

static int read_types(struct recording *recording, uint64_t moment, struct reading *reading,
		      struct error *error)
{
	reading->type = UINT64_MAX;
	reading->snapshot->look->types = look_types_new();
	if (!reading->snapshot->look->types)
		return recording_failed(recording, error, "out of memory");
	return recording_query(recording, "SELECT type, name FROM look_type WHERE moment = ?"
					  " ORDER BY type", moment, fold_type, reading, error) ||
	       recording_query(recording, recording->has_cycles ? PARTS("cycles") : PARTS("0"),
			       moment, fold_part, reading, error) ? -1 : 0;
}

static int fold_arena(struct recording *recording, struct recording_row *row, void *user)
{
	struct look_arenas *arenas = ((struct reading *)user)->snapshot->look->arenas;
	const struct look_arena found = {
		.mapped = row_u64(row, 2), .resident = row_u64(row, 3), .live = row_u64(row, 4),
		.large = row_u64(row, 5), .free = row_u64(row, 6), .top = row_u64(row, 7),
		.trim = row_u64(row, 8), .whole = row_u32(row, 9, 1),
	};
	size_t length;
	uint64_t number = row_u64(row, 0);
	const char *name = row_text(row, 1, &length);

	(void)recording;
	if (!name || strlen(name) != length || number > UINT32_MAX ||
	    found.top > found.mapped || found.free > found.mapped - found.top)
		return -EINVAL;
	if (number == LOOK_NO_ARENA)
		return 0;
	if (number != arenas->blocks->names_length)
		return -EINVAL;
	struct look_arena *arena = look_arenas_add(arenas, name);

	if (!arena)
		return number == arenas->blocks->names_length ? -EINVAL : -ENOMEM;
	*arena = found;
	return 0;
}

static int fold_arena_part(struct recording *recording, struct recording_row *row,
			   void *user)
{
	struct reading *reading = user;
	struct snapshot *snapshot = reading->snapshot;
	struct look_types *blocks = snapshot->look->arenas->blocks;
	uint64_t arena = row_u64(row, 3), size = row_u64(row, 4), count = row_u64(row, 5);
	uint32_t at;

	if (arena != reading->type)
		reading->places.at = 0;
	reading->type = arena;
	if (arena >= blocks->names_length || !places_find(&reading->places, recording, row, &at) ||
	    !row_holds(&snapshot->rows[at], size, count))
		return -EINVAL;
	struct look_part *part = look_types_part(blocks, at, (uint32_t)arena);

	if (!part)
		return -ENOMEM;
	part->size = size;
	part->count = count;
	return 0;
}

/* Reads arenas; a look at a process without glibc's allocator has none. */
static int read_arenas(struct recording *recording, uint64_t moment, struct reading *reading,
		       struct error *error)
{
	struct snapshot_look *look = reading->snapshot->look;

	reading->type = UINT64_MAX;
	look->arenas = look_arenas_new();
	if (!look->arenas)
		return recording_failed(recording, error, "out of memory");
	if (recording_query(recording, "SELECT arena, name, mapped, resident, live, large, free,"
				       " top, trim, whole FROM look_arena WHERE moment = ?"
				       " ORDER BY arena", moment, fold_arena, reading, error) ||
	    recording_query(recording, "SELECT trace, thread, domain, arena, size, count"
				       " FROM look_arena_part WHERE moment = ?"
				       " ORDER BY arena, trace, thread, domain", moment,
			    fold_arena_part, reading, error))
		return -1;
	if (look->arenas->blocks->names_length == 1) {
		look_arenas_free(look->arenas);
		look->arenas = NULL;
	}
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
	int result = recording_query(recording,
				     recording->has_cycles ? STATS("cycles") : STATS("0"), moment,
				     fold_look_row, &reading, error);

	if (!result && recording->has_types)
		result = read_types(recording, moment, &reading, error);
	if (!result && recording->has_types && recording->has_held)
		result = recording_held(recording, moment, snapshot, error);
	if (!result && recording->has_arenas)
		result = read_arenas(recording, moment, &reading, error);
	places_free(&reading.places);
	return result;
}
