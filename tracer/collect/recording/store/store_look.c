/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes what a look found at a moment (recording_look.c reads it).  Rows whose blocks
 * are all held by pointers to their start are left out. */
#include "tracer/collect/recording/store/store_held.h"
#include "tracer/heap/tally/look_arenas.h"

int store_forget_look(struct store *store, uint64_t moment, struct error *error)
{
	static const int statements[] = {
		STORE_FORGET_LOOK, STORE_FORGET_LOOK_STATS, STORE_FORGET_LOOK_TYPES,
		STORE_FORGET_LOOK_PARTS, STORE_FORGET_ARENAS,
		STORE_FORGET_ARENA_PARTS,
	};

	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++) {
		store_bind(store, statements[i], 1, moment);
		if (store_step(store, statements[i], error))
			return -1;
	}
	return store_forget_held(store, moment, error);
}

static int write_row(struct store *store, uint64_t moment, const struct snapshot_row *row,
		     const struct look_figures *found, struct error *error)
{
	const uint64_t values[] = {
		moment, row->trace.v, row->thread, row->domain, found->garbage,
		found->garbage_blocks, found->indirect, found->indirect_blocks, found->inside,
		found->inside_blocks, found->pins, found->pinning, found->cycles,
	};

	if (!(found->garbage_blocks | found->indirect_blocks | found->inside_blocks | found->pins))
		return 0;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		store_bind(store, STORE_LOOK_STAT, (int)i + 1, values[i]);
	return store_step(store, STORE_LOOK_STAT, error);
}

static int write_part(struct store *store, uint64_t moment, const struct snapshot_row *row,
		      const struct look_part *part, struct error *error)
{
	const struct look_figures *found = &part->look;
	const uint64_t values[] = {
		moment, part->type, row->trace.v, row->thread, row->domain, part->size,
		part->count, found->garbage, found->garbage_blocks, found->indirect,
		found->indirect_blocks, found->inside, found->inside_blocks, found->cycles,
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		store_bind(store, STORE_LOOK_PART, (int)i + 1, values[i]);
	return store_step(store, STORE_LOOK_PART, error);
}

/* Writes the blocks' types, by names. */
static int write_types(struct store *store, uint64_t moment, const struct snapshot *snapshot,
		       struct error *error)
{
	const struct look_types *types = snapshot->look->types;

	for (size_t i = 0; types && i < types->names_length; i++) {
		store_bind(store, STORE_LOOK_TYPE, 1, moment);
		store_bind(store, STORE_LOOK_TYPE, 2, i);
		store_bind_text(store, STORE_LOOK_TYPE, 3, types->names[i]);
		if (store_step(store, STORE_LOOK_TYPE, error))
			return -1;
	}
	for (size_t i = 0; types && i < types->parts_length; i++)
		if (write_part(store, moment, &snapshot->rows[types->parts[i].row],
			       &types->parts[i], error))
			return -1;
	return 0;
}

static int write_arena(struct store *store, uint64_t moment, uint64_t number,
		       const struct look_arenas *arenas, struct error *error)
{
	const struct look_arena *arena = &arenas->of[number];
	const uint64_t values[] = {
		arena->mapped, arena->resident, arena->live, arena->large, arena->free,
		arena->top, arena->trim, arena->whole,
	};

	store_bind(store, STORE_ARENA, 1, moment);
	store_bind(store, STORE_ARENA, 2, number);
	store_bind_text(store, STORE_ARENA, 3, arenas->blocks->names[number]);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		store_bind(store, STORE_ARENA, (int)i + 4, values[i]);
	return store_step(store, STORE_ARENA, error);
}

static int write_arenas(struct store *store, uint64_t moment, const struct snapshot *snapshot,
			struct error *error)
{
	const struct look_arenas *arenas = snapshot->look->arenas;

	for (size_t i = 0; arenas && i < arenas->blocks->names_length; i++)
		if (write_arena(store, moment, i, arenas, error))
			return -1;
	for (size_t i = 0; arenas && i < arenas->blocks->parts_length; i++) {
		const struct look_part *part = &arenas->blocks->parts[i];
		const struct snapshot_row *row = &snapshot->rows[part->row];
		const uint64_t values[] = {
			moment, part->type, row->trace.v, row->thread, row->domain, part->size,
			part->count,
		};

		for (size_t k = 0; k < sizeof(values) / sizeof(*values); k++)
			store_bind(store, STORE_ARENA_PART, (int)k + 1, values[k]);
		if (store_step(store, STORE_ARENA_PART, error))
			return -1;
	}
	return 0;
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
	return write_types(store, moment, snapshot, error) ||
	       write_arenas(store, moment, snapshot, error) ||
	       store_held(store, moment, snapshot, error) ? -1 : 0;
}
