/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments: totals, rows, and which of them the file has already. */
#include "tracer/collect/recording/store_parts.h"
#include "tracer/ground/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/recording/store_schema.h"

static uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t length)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i + 8 <= length; i += 8) {
		uint64_t word;

		memcpy(&word, p + i, sizeof(word));
		digest = (digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		digest ^= digest >> 29;
	}
	return digest;
}
_Static_assert(sizeof(struct snapshot_row) % 8 == 0 && sizeof(struct totals) % 8 == 0,
	       "digest_bytes takes whole words");

static uint64_t digest_of(const struct snapshot *snapshot)
{
	uint64_t digest = digest_bytes(1, &snapshot->totals, sizeof(snapshot->totals));

	return digest_bytes(digest, snapshot->rows,
			    snapshot->rows_length * sizeof(*snapshot->rows));
}

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

/* The same, made if need be; 0: out of memory. */
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
	return store_step(store, STORE_MOMENT, error);
}

/* By paths: such a module may stand on no stack. */
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
		store_bind_text(store, STORE_UNKNOWN, 2, catalog_text(catalog, module.path));
		store_bind(store, STORE_UNKNOWN, 3, frees->of[i].count);
		if (store_step(store, STORE_UNKNOWN, error))
			return -1;
	}
	return 0;
}

/* "[0,20,3]": blocks by class, up to the last one that has any. */
static void sizes_text(const uint32_t sizes[SIZE_CLASSES], char text[SIZE_CLASSES * 11 + 3])
{
	unsigned length = SIZE_CLASSES;
	char *at = text;

	while (length && !sizes[length - 1])
		length--;
	*at++ = '[';
	for (unsigned i = 0; i < length; i++)
		at += sprintf(at, "%s%" PRIu32, i ? "," : "", sizes[i]);
	strcpy(at, "]");
}

static int write_stat(struct store *store, uint64_t moment, const struct snapshot_row *row,
		      struct error *error)
{
	const uint64_t values[] = {
		moment, row->trace.v, row->thread, row->domain, row->now.size, row->now.count,
		row->now.allocations, row->now.total, row->now.temporary, row->peak,
	};

	char sizes[SIZE_CLASSES * 11 + 3];

	for (int i = 0; i < 10; i++)
		store_bind(store, STORE_STAT, i + 1, values[i]);
	sizes_text(row->sizes, sizes);
	store_bind_text(store, STORE_STAT, 11, sizes);
	return store_step(store, STORE_STAT, error);
}

static uint64_t row_key(const struct snapshot_row *row)
{
	return (uint64_t)row->trace.v << 32 | (uint32_t)row->thread << 16 | row->domain;
}

static int compare_rows(const void *a, const void *b)
{
	uint64_t x = row_key(*(const struct snapshot_row *const *)a);
	uint64_t y = row_key(*(const struct snapshot_row *const *)b);

	return (x > y) - (x < y);
}

/* In the order of the table's key, so that its pages fill from left to right. */
static int write_rows(struct store *store, uint64_t moment, const struct snapshot *snapshot,
		      struct error *error)
{
	size_t n = 0;
	const struct snapshot_row **rows = malloc((snapshot->rows_length + 1) * sizeof(*rows));
	int result = 0;

	if (!rows)
		return store_no_memory(error);
	for (size_t i = 0; i < snapshot->rows_length; i++)
		if (snapshot->rows[i].now.allocations)
			rows[n++] = &snapshot->rows[i];
	qsort(rows, n, sizeof(*rows), compare_rows);
	for (size_t i = 0; i < n && !result; i++) {
		result = store_trace(store, rows[i]->trace, error);
		if (!result)
			result = write_stat(store, moment, rows[i], error);
	}
	free(rows);
	return result;
}

static int forget_moment(struct store *store, uint64_t id, struct error *error)
{
	store_bind(store, STORE_FORGET_MOMENT, 1, id);
	store_bind(store, STORE_FORGET_STATS, 1, id);
	store_bind(store, STORE_FORGET_UNKNOWN, 1, id);
	if (store_step(store, STORE_FORGET_MOMENT, error) ||
	    store_step(store, STORE_FORGET_UNKNOWN, error))
		return -1;
	return store_step(store, STORE_FORGET_STATS, error);
}

/* A process that ended has no "live" any more. */
static int forget_live(struct store *store, uint32_t process, struct error *error)
{
	const struct store_moment live = { .process = process, .kind = MOMENT_LIVE };
	uint32_t id = store_find_moment(store, &live);

	if (!id)
		return 0;
	store->moments[id - 1].digest = 0;
	return forget_moment(store, id, error);
}

int store_forget_process(struct store *store, uint32_t process, struct error *error)
{
	for (size_t i = 0; i < store->moments_length; i++) {
		if (store->moments[i].process != process)
			continue;
		store->moments[i].digest = 0;
		if (forget_moment(store, i + 1, error))
			return -1;
	}
	return 0;
}

static int follow_catalog(struct store *store, struct catalog *catalog, struct error *error)
{
	if (store->catalog == catalog)
		return 0;
	/* Another image: what the file has is of no use to it. */
	if (store->catalog && store_restart(store, 0, error))
		return -1;
	store->catalog = catalog_retain(catalog);
	return 0;
}

int store_snapshot(struct store *store, const struct snapshot *snapshot, struct error *error)
{
	uint64_t digest = digest_of(snapshot);

	if (store_begin(store, error) || follow_catalog(store, snapshot->catalog, error))
		return -1;
	const struct store_moment moment = {
		.process = snapshot->process,
		.kind = snapshot->kind,
		.number = snapshot->number,
	};
	uint32_t id = moment_id(store, &moment);

	if (!id)
		return store_no_memory(error);
	uint64_t *written = &store->moments[id - 1].digest;

	store_bind(store, STORE_FORGET_MOMENT, 1, id);
	if (store_step(store, STORE_FORGET_MOMENT, error) ||
	    store_write_moment(store, id, snapshot, error) ||
	    write_unknown(store, id, snapshot, error))
		return -1;
	if (*written != digest) {
		store_bind(store, STORE_FORGET_STATS, 1, id);
		if (store_step(store, STORE_FORGET_STATS, error) ||
		    write_rows(store, id, snapshot, error))
			return -1;
		*written = digest;
	}
	if (snapshot->kind == MOMENT_EXIT && forget_live(store, snapshot->process, error))
		return -1;
	return store_refresh(store, error);
}
