/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the curves of a moment's rows and their axis (recording_growth.c reads them). */
#include "tracer/collect/recording/store/store_parts.h"

#include "tracer/heap/growth/pack.h"

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

static int write_curve(struct store *store, uint64_t moment, const struct snapshot_row *row,
		       const struct growth_curve *curve, struct error *error)
{
	uint8_t bytes[GROWTH_PACKED];
	size_t length = growth_pack(curve, bytes);

	store_bind(store, STORE_GROWTH, 1, moment);
	store_bind(store, STORE_GROWTH, 2, row->trace.v);
	store_bind(store, STORE_GROWTH, 3, row->thread);
	store_bind(store, STORE_GROWTH, 4, row->domain);
	sqlite3_bind_blob(store->statements[STORE_GROWTH], 5, bytes, (int)length, SQLITE_STATIC);
	return store_step(store, STORE_GROWTH, error);
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
	for (size_t i = 0; i < growth->length; i++)
		if (write_curve(store, moment, &snapshot->rows[growth->rows[i].row],
				&growth->rows[i].curve, error))
			return -1;
	return 0;
}
