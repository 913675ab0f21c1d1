/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A snapshot is one header and one array of rows; whoever holds a reference
 * may read both in any thread. */
#include "tracer/heap/snapshot.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include "tracer/heap/sample.h"
#include "tracer/wire/wire.h"

struct snapshot *snapshot_new(struct catalog *catalog, size_t rows)
{
	struct snapshot_row *room = calloc(rows ? rows : 1, sizeof(*room));
	struct snapshot *snapshot = room ? snapshot_new_over(catalog, rows, room) : NULL;

	if (!snapshot)
		free(room);
	return snapshot;
}

struct snapshot *snapshot_new_over(struct catalog *catalog, size_t rows,
				   struct snapshot_row *room)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot)
		return NULL;
	snapshot->rows = room;
	snapshot->rows_length = rows;
	snapshot->catalog = catalog_retain(catalog);
	snapshot->references = 1;
	snapshot->walked = -1;
	return snapshot;
}

struct snapshot *snapshot_retain(struct snapshot *snapshot)
{
	__atomic_fetch_add(&snapshot->references, 1, __ATOMIC_RELAXED);
	return snapshot;
}

void snapshot_growth_free(struct snapshot_growth *growth)
{
	if (growth)
		free(growth->rows);
	free(growth);
}

void snapshot_release(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	assert(__atomic_load_n(&snapshot->references, __ATOMIC_RELAXED));
	/* The last release sees what the others did before theirs. */
	if (__atomic_sub_fetch(&snapshot->references, 1, __ATOMIC_ACQ_REL))
		return;
	catalog_release(snapshot->catalog);
	snapshot_growth_free(snapshot->growth);
	free(snapshot->rows);
	free(snapshot);
}

const struct growth_curve *snapshot_curve(const struct snapshot *snapshot, size_t row,
					  size_t *at)
{
	const struct snapshot_growth *growth = snapshot->growth;

	while (growth && *at < growth->length && growth->rows[*at].row < row)
		(*at)++;
	return growth && *at < growth->length && growth->rows[*at].row == row ?
	       &growth->rows[*at].curve : NULL;
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

double snapshot_error(const struct snapshot *snapshot)
{
	double variance = 0;

	for (size_t i = 0; i < snapshot->rows_length; i++)
		variance += sample_variance(snapshot->sample, snapshot->rows[i].now.size,
					    snapshot->rows[i].now.count);
	return sqrt(variance);
}
