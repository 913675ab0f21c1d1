/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the curves of a moment's rows and their axis (recording_growth.c reads them). */
#include "tracer/collect/recording/store/store_parts.h"

#include "tracer/heap/growth/pack.h"

#define CURVES_TOGETHER 16u             /* in one statement */
#define CURVES_MANY 256u                /* so many are worth such a statement */

int store_forget_growth(struct store *store, uint64_t moment, struct error *error)
{
	store_bind(store, STORE_FORGET_GROWTH, 1, moment);
	store_bind(store, STORE_FORGET_GROWTH_AXIS, 1, moment);
	return store_step(store, STORE_FORGET_GROWTH, error) ||
	       store_step(store, STORE_FORGET_GROWTH_AXIS, error) ? -1 : 0;
}

static int write_axis(struct store *store, uint64_t moment, const struct growth_axis *axis,
		      struct error *error)
{
	uint8_t bytes[GROWTH_AXIS_PACKED];

	size_t length = growth_pack_axis(axis, bytes);

	store_bind(store, STORE_GROWTH_AXIS, 1, moment);
	sqlite3_bind_blob(store->statements[STORE_GROWTH_AXIS], 2, bytes, (int)length,
			  SQLITE_STATIC);
	return store_step(store, STORE_GROWTH_AXIS, error);
}

/* Writes n curves, for which the statement has room. */
static int write_curves(struct store *store, sqlite3_stmt *statement, uint64_t moment,
			const struct snapshot *snapshot, const struct growth_row *rows, unsigned n,
			struct error *error)
{
	uint8_t bytes[CURVES_TOGETHER][GROWTH_PACKED];

	for (unsigned i = 0; i < n; i++) {
		const struct snapshot_row *row = &snapshot->rows[rows[i].row];
		size_t length = growth_pack(&rows[i].curve, bytes[i]);
		int at = 5 * (int)i;

		sqlite3_bind_int64(statement, at + 1, (int64_t)moment);
		sqlite3_bind_int64(statement, at + 2, row->trace.v);
		sqlite3_bind_int64(statement, at + 3, row->thread);
		sqlite3_bind_int64(statement, at + 4, row->domain);
		sqlite3_bind_blob(statement, at + 5, bytes[i], (int)length,
				  SQLITE_STATIC);
	}
	return store_step_rows(store, statement, error);
}

/* Many curves share statements, which are not made for the few of short runs. */
static int write_all_curves(struct store *store, uint64_t moment, const struct snapshot *snapshot,
			    struct error *error)
{
	const struct snapshot_growth *growth = snapshot->growth;
	bool many = growth->length >= CURVES_MANY;
	sqlite3_stmt *statement =
		many ? store_rows_of(store, STORE_GROWTH, CURVES_TOGETHER, error) : NULL;
	int result = many && !statement ? -1 : 0;
	size_t i = 0;

	for (; statement && !result && i + CURVES_TOGETHER <= growth->length; i += CURVES_TOGETHER)
		result = write_curves(store, statement, moment, snapshot, &growth->rows[i],
				      CURVES_TOGETHER, error);
	sqlite3_finalize(statement);
	for (; !result && i < growth->length; i++)
		result = write_curves(store, store->statements[STORE_GROWTH], moment, snapshot,
				      &growth->rows[i], 1, error);
	return result;
}

int store_growth(struct store *store, uint64_t moment, const struct snapshot *snapshot,
		 struct error *error)
{
	const struct snapshot_growth *growth = snapshot->growth;

	if (store_forget_growth(store, moment, error))
		return -1;
	if (!growth)
		return 0;
	if (write_axis(store, moment, &growth->axis, error))
		return -1;
	return write_all_curves(store, moment, snapshot, error);
}
