/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes moments: totals and rows, and keeps account of which the file has already. */
#include "tracer/collect/recording/store/store_parts.h"
#include "tracer/ground/array.h"
#include "tracer/ground/digest.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/collect/recording/store/store_schema.h"

_Static_assert(sizeof(struct totals) % 8 == 0, "digest_words takes whole words");

static bool store_same_moment(const void *context, uint32_t id, const void *key)
{
	const struct store_moment *moment = &((const struct store *)context)->moments[id - 1];
	const struct store_moment *wanted = key;

	return moment->process == wanted->process && moment->kind == wanted->kind &&
	       moment->number == wanted->number;
}

static uint32_t moment_hash(const struct store_moment *moment)
{
	return hash_mix((uint64_t)moment->process << 32 | (uint64_t)moment->kind << 28 |
			 moment->number, 0);
}

/* The id of a process's moment of that kind and number; 0: there is none. */
static uint32_t store_find_moment(const struct store *store,
					const struct store_moment *moment)
{
	return finder_find(&store->moment_index, moment_hash(moment),
			   store_same_moment, store, moment);
}

/* The same, with a new one made if there is none; 0: out of memory. */
static uint32_t moment_id(struct store *store, const struct store_moment *moment)
{
	uint32_t id = store_find_moment(store, moment);

	if (id)
		return id;
	if (!array_grow(&store->moments, &store->moments_room, store->moments_length + 1,
			sizeof(*store->moments)) ||
	    !finder_room(&store->moment_index))
		return 0;
	store->moments[store->moments_length++] = *moment;
	id = (uint32_t)store->moments_length;
	finder_put(&store->moment_index, moment_hash(moment), id);
	return id;
}

static int store_write_moment(struct store *store, uint64_t id,
				    const struct snapshot *snapshot, struct error *error)
{
	static const char *const names[] = {
		[MOMENT_LIVE] = "live", [MOMENT_PEAK] = "peak", [MOMENT_EXIT] = "exit",
		[MOMENT_FINALIZE] = "finalize",
	};
	const struct totals *totals = &snapshot->totals;
	const char *name = names[snapshot->kind] ? names[snapshot->kind] : snapshot->name;
	int at = 8;

	store_bind(store, STORE_MOMENT, 1, id);
	store_bind(store, STORE_MOMENT, 2, snapshot->process);
	store_bind(store, STORE_MOMENT, 3, snapshot->kind);
	store_bind(store, STORE_MOMENT, 4, snapshot->number);
	store_bind_text(store, STORE_MOMENT, 5, name);
	store_bind_real(store, STORE_MOMENT, 6, snapshot->time);
	store_bind(store, STORE_MOMENT, 7, snapshot->nframe);
#define BIND_TOTAL(name) store_bind(store, STORE_MOMENT, at++, totals->name);
	STORE_TOTALS(BIND_TOTAL)
#define BIND_CUT(cut_, name) store_bind(store, STORE_MOMENT, at++, totals->cut[cut_]);
	STORE_CUTS(BIND_CUT)
	store_bind(store, STORE_MOMENT, at++, store->moments[id - 1].layers.base);
	store_bind(store, STORE_MOMENT, at++, store->moments[id - 1].layers.own);
	if (snapshot->walked >= 0)
		store_bind_real(store, STORE_MOMENT, at, snapshot->walked);
	else
		sqlite3_bind_null(store->statements[STORE_MOMENT], at);
	return store_step(store, STORE_MOMENT, error);
}

/* Writes the unknown frees, by their modules' paths, since such a module may be in no
 * stack. */
static int write_unknown(struct store *store, uint64_t moment, const struct snapshot *snapshot,
			 struct error *error)
{
	const struct unknown_frees *frees = &snapshot->unknown;
	struct catalog *catalog = snapshot->catalog;

	store_bind(store, STORE_FORGET_UNKNOWN, 1, moment);
	if (store_step(store, STORE_FORGET_UNKNOWN, error))
		return -1;
	for (uint32_t i = 0; i < frees->length; i++) {
		struct module module = catalog_module(catalog, frees->of[i].module);

		store_bind(store, STORE_UNKNOWN, 1, moment);
		store_bind_text(store, STORE_UNKNOWN, 2,
				catalog_text(catalog, module.path));
		store_bind(store, STORE_UNKNOWN, 3, frees->of[i].count);
		if (store_step(store, STORE_UNKNOWN, error))
			return -1;
	}
	return 0;
}

static int forget_moment(struct store *store, uint64_t id, struct error *error)
{
	struct store_moment *moment = &store->moments[id - 1];
	struct store_layers layers = moment->layers;

	moment->digest = 0;
	moment->layers = (struct store_layers){ 0 };
	store_bind(store, STORE_FORGET_MOMENT, 1, id);
	store_bind(store, STORE_FORGET_UNKNOWN, 1, id);
	if (store_step(store, STORE_FORGET_MOMENT, error) ||
	    store_step(store, STORE_FORGET_UNKNOWN, error) ||
	    store_forget_growth(store, id, error) || store_forget_look(store, id, error))
		return -1;
	return store_layers_drop(store, moment->process, layers, error);
}

/* Deletes the "live" or "finalize" moment of a process that has ended. */
static int forget_kind(struct store *store, uint32_t process, enum moment_kind kind,
		       struct error *error)
{
	const struct store_moment moment = { .process = process, .kind = kind };
	uint32_t id = store_find_moment(store, &moment);

	if (!id)
		return 0;
	return forget_moment(store, id, error);
}

/* Deletes a process's moments, except snapshots that the user took. */
static int forget_process(struct store *store, uint32_t process, struct error *error)
{
	for (size_t i = 0; i < store->moments_length; i++) {
		/* Snapshots that the user took are kept, whichever program they were
		 * of. */
		if (store->moments[i].process != process ||
		    store->moments[i].kind == MOMENT_NAMED)
			continue;
		if (forget_moment(store, i + 1, error))
			return -1;
	}
	return 0;
}

int store_forget_number(struct store *store, unsigned number, struct error *error)
{
	if (store_begin(store, error))
		return -1;
	for (size_t i = 0; i < store->moments_length; i++) {
		const struct store_moment *moment = &store->moments[i];

		if (moment->kind == MOMENT_NAMED && moment->number == number &&
		    forget_moment(store, i + 1, error))
			return -1;
	}
	return 0;
}

int store_restart(struct store *store, uint32_t process, struct error *error)
{
#define DELETE_ALL(table) "DELETE FROM " #table ";"
	if (store_begin(store, error))
		return -1;
	if (process)
		return forget_process(store, process, error);
	store_forget(store);
	return store_execute(
		store, STORE_IMAGE_TABLES(DELETE_ALL) STORE_LATER_TABLES(DELETE_ALL),
		error);
}

int store_follow(struct store *store, struct catalog *catalog, struct error *error)
{
	if (store->catalog == catalog)
		return 0;
	/* Another catalog means another image, for which nothing in the file can be
	 * used. */
	if (store->catalog && store_restart(store, 0, error))
		return -1;
	store->catalog = catalog_retain(catalog);
	return 0;
}

/* Writes the moment's rows, unless they are those that it has in the file.  *old: the
 * layers that it used before. */
static int replace_rows(struct store *store, struct store_moment *written,
			struct snapshot *snapshot, struct store_layers *old,
			struct error *error)
{
	uint64_t digest = digest_words(1, &snapshot->totals, sizeof(snapshot->totals));
	bool in_order;

	if (store_rows_look(store, snapshot, &digest, &in_order, error))
		return -1;
	if (written->digest == digest)
		return 0;
	*old = written->layers;
	if (store_rows(store, snapshot, in_order, &written->layers, error))
		return -1;
	written->digest = digest;
	return 0;
}

int store_snapshot(struct store *store, struct snapshot *snapshot, struct error *error)
{
	if (store_begin(store, error) || store_follow(store, snapshot->catalog, error))
		return -1;
	const struct store_moment moment = {
		.process = snapshot->process,
		.kind = snapshot->kind,
		.number = snapshot->number,
	};
	uint32_t id = moment_id(store, &moment);

	if (!id)
		return store_no_memory(error);
	struct store_moment *written = &store->moments[id - 1];
	struct store_layers old = { 0 };

	store_bind(store, STORE_FORGET_MOMENT, 1, id);
	if (replace_rows(store, written, snapshot, &old, error) ||
	    store_step(store, STORE_FORGET_MOMENT, error) ||
	    store_write_moment(store, id, snapshot, error) ||
	    write_unknown(store, id, snapshot, error) ||
	    store_growth(store, id, snapshot, error) ||
	    store_look(store, id, snapshot, error) ||
	    store_layers_drop(store, snapshot->process, old, error))
		return -1;
	if (snapshot->kind == MOMENT_EXIT && forget_kind(store, snapshot->process, MOMENT_LIVE, error))
		return -1;
	return store_refresh(store, error);
}

int store_joined(struct store *store, struct snapshot *snapshot, struct error *error)
{
	if (store_snapshot(store, snapshot, error))
		return -1;
	return forget_kind(store, snapshot->process, MOMENT_FINALIZE, error);
}
