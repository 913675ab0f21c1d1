/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a look found at a moment, written (recording_look.c reads it): rows of which
 * all is held by pointers to the start are left out. */
#include "tracer/collect/recording/store/store_parts.h"

int store_forget_look(struct store *store, uint64_t moment, struct error *error)
{
	store_bind(store, STORE_FORGET_LOOK, 1, moment);
	store_bind(store, STORE_FORGET_LOOK_STATS, 1, moment);
	return store_step(store, STORE_FORGET_LOOK, error) ||
	       store_step(store, STORE_FORGET_LOOK_STATS, error) ? -1 : 0;
}

static int write_row(struct store *store, uint64_t moment, const struct snapshot_row *row,
		     const struct look_figures *found, struct error *error)
{
	const uint64_t values[] = {
		moment, row->trace.v, row->thread, row->domain, found->garbage,
		found->garbage_blocks, found->indirect, found->indirect_blocks, found->inside,
		found->inside_blocks, found->pins, found->pinning,
	};

	if (!(found->garbage_blocks | found->indirect_blocks | found->inside_blocks | found->pins))
		return 0;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		store_bind(store, STORE_LOOK_STAT, (int)i + 1, values[i]);
	return store_step(store, STORE_LOOK_STAT, error);
}

int store_look(struct store *store, uint64_t moment, const struct snapshot *snapshot,
	       struct error *error)
{
	const struct snapshot_look *look = snapshot->look;

	if (store_forget_look(store, moment, error))
		return -1;
	if (!look)
		return 0;
	store_bind(store, STORE_LOOK, 1, moment);
	store_bind_real(store, STORE_LOOK, 2, (double)look->pause / 1e9);
	store_bind(store, STORE_LOOK, 3, look->copied);
	store_bind(store, STORE_LOOK, 4, look->unread);
	if (store_step(store, STORE_LOOK, error))
		return -1;
	for (size_t i = 0; i < snapshot->rows_length; i++)
		if (write_row(store, moment, &snapshot->rows[i], &look->rows[i], error))
			return -1;
	return 0;
}
