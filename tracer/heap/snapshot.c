/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A snapshot is one header, one array of rows and their figures; any holder of a reference
 * may read all of them in any thread. */
#include "tracer/heap/snapshot.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include "tracer/ground/large.h"
#include "tracer/heap/sample.h"
#include "tracer/wire/wire.h"

struct snapshot *snapshot_new(struct catalog *catalog, size_t rows)
{
	struct snapshot_room room = { .rows = large_malloc((rows + 1) * sizeof(*room.rows)) };
	struct snapshot *snapshot = room.rows ? snapshot_new_in(catalog, &room) : NULL;

	if (!snapshot) {
		free(room.rows);
		return NULL;
	}
	for (size_t i = 0; i < rows; i++)
		snapshot->rows[i] = (struct snapshot_row){ .figures = &row_figures_none };
	snapshot->rows_length = rows;
	return snapshot;
}

struct snapshot *snapshot_new_in(struct catalog *catalog, struct snapshot_room *room)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	assert(room->rows);
	if (!snapshot)
		return NULL;
	snapshot->rows = room->rows;
	snapshot->figures = room->figures;
	*room = (struct snapshot_room){ 0 };
	snapshot->catalog = catalog_retain(catalog);
	snapshot->references = 1;
	snapshot->walked = -1;
	return snapshot;
}

void snapshot_room_free(struct snapshot_room *room)
{
	free(room->rows);
	row_figures_free(&room->figures);
}

bool snapshot_put(struct snapshot *snapshot, struct snapshot_row *row,
		  const struct row_figures *figures)
{
	const struct row_figures *kept = row_figures_keep(&snapshot->figures, figures);

	row->figures = kept ? kept : &row_figures_none;
	return kept;
}

void snapshot_take_rows(struct snapshot *to, struct snapshot *from)
{
	struct snapshot_row *rows = to->rows;
	size_t length = to->rows_length;
	struct kept_figures figures = to->figures;

	to->rows = from->rows;
	to->rows_length = from->rows_length;
	to->figures = from->figures;
	from->rows = rows;
	from->rows_length = length;
	from->figures = figures;
}

size_t snapshot_bytes(const struct snapshot *snapshot)
{
	return sizeof(*snapshot) + snapshot->rows_length * sizeof(*snapshot->rows) +
	       snapshot->figures.length * sizeof(struct row_figures);
}

struct snapshot *snapshot_retain(struct snapshot *snapshot)
{
	assert(__atomic_load_n(&snapshot->references, __ATOMIC_RELAXED));
	__atomic_fetch_add(&snapshot->references, 1, __ATOMIC_RELAXED);
	return snapshot;
}

struct snapshot_growth *snapshot_growth_retain(struct snapshot_growth *growth)
{
	if (growth)
		__atomic_fetch_add(&growth->references, 1, __ATOMIC_RELAXED);
	return growth;
}

void snapshot_growth_release(struct snapshot_growth *growth)
{
	/* In a list each element holds a reference to the next, to which others may refer
	 * as well. */
	while (growth && !__atomic_fetch_sub(&growth->references, 1, __ATOMIC_ACQ_REL)) {
		struct snapshot_growth *next = growth->next;

		free(growth->rows);
		free(growth);
		growth = next;
	}
}

double snapshot_census(const struct snapshot *snapshot)
{
	double last = 0;

	for (const struct snapshot_growth *of = snapshot->growth; of; of = of->next)
		last = of->axis.now > last ? of->axis.now : last;
	return last;
}

bool snapshot_judges(const struct snapshot *snapshot)
{
	const struct snapshot_growth *of = snapshot->growth;

	while (of && !growth_judges(&of->axis))
		of = of->next;
	return of;
}

void snapshot_release(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	assert(__atomic_load_n(&snapshot->references, __ATOMIC_RELAXED));
	/* The thread that drops the last reference must see what others did before they
	 * dropped theirs. */
	if (__atomic_sub_fetch(&snapshot->references, 1, __ATOMIC_ACQ_REL))
		return;
	catalog_release(snapshot->catalog);
	snapshot_growth_release(snapshot->growth);
	snapshot_look_free(snapshot->look);
	row_figures_free(&snapshot->figures);
	free(snapshot->rows);
	free(snapshot);
}

void totals_cut(struct totals *totals, const uint64_t cut[CUTS])
{
	totals->truncated = 0;
	for (unsigned i = 0; i < CUTS; i++) {
		totals->cut[i] = cut[i];
		totals->truncated += cut[i];
	}
}

bool snapshot_row_maps(const struct snapshot_row *row) { return row->domain == WIRE_MMAP; }

bool snapshot_row_python(const struct snapshot_row *row) { return row->domain == WIRE_PYTHON; }

uint64_t snapshot_row_sample(const struct snapshot *snapshot,
			     const struct snapshot_row *row)
{
	return snapshot_row_maps(row) ? 0 : snapshot->sample;
}

double snapshot_error(const struct snapshot *snapshot)
{
	const struct snapshot_row *rows = snapshot->rows;
	double variance = 0;

	for (size_t i = 0; i < snapshot->rows_length; i++)
		variance += sample_variance(snapshot_row_sample(snapshot, &rows[i]),
					    rows[i].figures->now.size,
					    rows[i].figures->now.count);
	return sqrt(variance);
}
