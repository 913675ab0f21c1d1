/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Moments, and of the catalog what they stand on: a row brings its trace, a
 * trace its site and its parents, a site its frames as soon as it has names.
 * Sets of ids say what the file has already, so each is written once.
 */
#include "tracer/collect/recording/store_parts.h"
#include "tracer/ground/array.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/recording/store_schema.h"
#include "tracer/wire/wire.h"

static int no_memory(struct error *error)
{
	*error = (struct error){ .status = 125, .text = "cannot write the recording: out of memory" };
	return -1;
}

static bool store_write_set_has(const struct store_set *set, uint32_t id)
{
	return id / 8 < set->bytes && set->bits[id / 8] >> id % 8 & 1;
}

/* 0 or -1: out of memory. */
static int set_add(struct store_set *set, uint32_t id)
{
	size_t bytes = (size_t)id / 8 + 1;

	if (bytes > set->bytes) {
		bytes += bytes / 2 + 64;
		uint8_t *bits = realloc(set->bits, bytes);

		if (!bits)
			return -1;
		memset(bits + set->bytes, 0, bytes - set->bytes);
		set->bits = bits;
		set->bytes = bytes;
	}
	set->bits[id / 8] |= (uint8_t)(1u << id % 8);
	return 0;
}

void store_forget(struct store *store)
{
	struct store_set *sets[] = { &store->frames, &store->sites[0], &store->sites[1],
				     &store->traces[0], &store->traces[1] };

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		free(sets[i]->bits);
		*sets[i] = (struct store_set){ 0 };
	}
	free(store->modules);
	free(store->threads);
	free(store->unnamed);
	free(store->moments);
	store->modules = store->threads = store->unnamed = NULL;
	store->moments = NULL;
	store->modules_length = store->threads_length = 0;
	store->unnamed_length = store->unnamed_room = 0;
	store->moments_length = store->moments_room = 0;
	finder_free(&store->moment_index);
	store->sources = 0;
	if (store->catalog)
		catalog_release(store->catalog);
	store->catalog = NULL;
}

/* Makes an array of words that long, new ones 0. */
static int words_reserve(uint32_t **words, uint32_t *length, uint32_t wanted)
{
	if (wanted <= *length)
		return 0;
	uint32_t *more = realloc(*words, wanted * sizeof(**words));

	if (!more)
		return -1;
	memset(more + *length, 0, (wanted - *length) * sizeof(*more));
	*words = more;
	*length = wanted;
	return 0;
}

static const char *store_write_text(const struct store *store, struct str_id id)
{
	return catalog_text(store->catalog, id);
}

static int write_module(struct store *store, uint32_t id, const struct module *module,
			struct error *error)
{
	store_bind(store, STORE_MODULE, 1, id);
	store_bind_text(store, STORE_MODULE, 2, store_write_text(store, module->path));
	store_bind_text(store, STORE_MODULE, 3, store_write_text(store, module->name));
	sqlite3_bind_blob(store->statements[STORE_MODULE], 4, module->build_id,
			  module->build_id_length, SQLITE_TRANSIENT);
	store_bind_text(store, STORE_MODULE, 5, store_write_text(store, module->reason));
	return store_step(store, STORE_MODULE, error);
}

static int write_thread(struct store *store, uint32_t id, const struct thread *thread,
			struct error *error)
{
	store_bind(store, STORE_THREAD, 1, id);
	store_bind(store, STORE_THREAD, 2, (uint32_t)thread->tid);
	store_bind_text(store, STORE_THREAD, 3, store_write_text(store, thread->name));
	return store_step(store, STORE_THREAD, error);
}

/* Modules and threads are few: all that are new or changed. */
static int write_modules_and_threads(struct store *store, struct error *error)
{
	if (words_reserve(&store->modules, &store->modules_length,
			  catalog_modules(store->catalog)) ||
	    words_reserve(&store->threads, &store->threads_length,
			  catalog_threads(store->catalog)))
		return no_memory(error);
	for (uint32_t id = 1; id < store->modules_length; id++) {
		struct module module = catalog_module(store->catalog, (struct module_id){ id });

		if (store->modules[id] == module.reason.v + 1)
			continue;
		if (store_begin(store, error) || write_module(store, id, &module, error))
			return -1;
		store->modules[id] = module.reason.v + 1;
	}
	for (uint32_t id = 1; id < store->threads_length; id++) {
		struct thread thread = catalog_thread(store->catalog, (struct thread_id){ id });

		if (store->threads[id] == thread.name.v + 1)
			continue;
		if (store_begin(store, error) || write_thread(store, id, &thread, error))
			return -1;
		store->threads[id] = thread.name.v + 1;
	}
	return 0;
}

static int write_frame(struct store *store, struct frame_id id, struct error *error)
{
	if (store_write_set_has(&store->frames, id.v))
		return 0;
	struct frame frame = catalog_frame(store->catalog, id);

	store_bind(store, STORE_FRAME, 1, id.v);
	store_bind_text(store, STORE_FRAME, 2, store_write_text(store, frame.function));
	store_bind_text(store, STORE_FRAME, 3, store_write_text(store, frame.file));
	store_bind(store, STORE_FRAME, 4, frame.line);
	store_bind(store, STORE_FRAME, 5, frame.module.v);
	store_bind(store, STORE_FRAME, 6, frame.lang);
	store_bind(store, STORE_FRAME, 7, frame.inlined);
	store_bind(store, STORE_FRAME, 8, frame.wrapper);
	store_bind(store, STORE_FRAME, 9, frame.unresolved);
	if (store_step(store, STORE_FRAME, error))
		return -1;
	return set_add(&store->frames, id.v) ? no_memory(error) : 0;
}

/* 1: written, 0: it has no names yet, -1 with *error. */
static int write_site_frames(struct store *store, uint32_t site, struct error *error)
{
	unsigned n;
	const struct frame_id *frames = catalog_site_frames(store->catalog,
							    (struct site_id){ site }, &n);

	if (!frames)
		return 0;
	if (store_begin(store, error))
		return -1;
	for (unsigned i = 0; i < n; i++) {
		if (write_frame(store, frames[i], error))
			return -1;
		store_bind(store, STORE_SITE_FRAME, 1, site);
		store_bind(store, STORE_SITE_FRAME, 2, i);
		store_bind(store, STORE_SITE_FRAME, 3, frames[i].v);
		if (store_step(store, STORE_SITE_FRAME, error))
			return -1;
	}
	return 1;
}

static int remember_unnamed(struct store *store, uint32_t site)
{
	if (!array_grow(&store->unnamed, &store->unnamed_room, store->unnamed_length + 1,
			sizeof(*store->unnamed)))
		return -1;
	store->unnamed[store->unnamed_length++] = site;
	return 0;
}

static int write_site(struct store *store, struct site_id id, struct error *error)
{
	struct store_set *set = &store->sites[id.v >= SITE_OURS];
	uint32_t bit = id.v & ~SITE_OURS;

	if (id.v < WIRE_SITE_FIRST || store_write_set_has(set, bit))
		return 0;
	struct site site = catalog_site(store->catalog, id);

	store_bind(store, STORE_SITE, 1, id.v);
	store_bind(store, STORE_SITE, 2, site.module.v);
	store_bind(store, STORE_SITE, 3, site.offset);
	if (store_step(store, STORE_SITE, error))
		return -1;
	int named = write_site_frames(store, id.v, error);

	if (named < 0)
		return -1;
	if ((!named && remember_unnamed(store, id.v)) || set_add(set, bit))
		return no_memory(error);
	return 0;
}

/* The trace and its older nodes, up to one that the file has. */
int store_trace(struct store *store, struct trace_id id, struct error *error)
{
	struct trace_id parent;
	struct site_id site;

	for (; catalog_trace(store->catalog, id, &parent, &site); id = parent) {
		struct store_set *set = &store->traces[id.v >= TRACE_OURS];
		uint32_t bit = id.v & ~TRACE_OURS;

		if (store_write_set_has(set, bit))
			return 0;
		if (write_site(store, site, error))
			return -1;
		store_bind(store, STORE_TRACE, 1, id.v);
		store_bind(store, STORE_TRACE, 2, parent.v);
		store_bind(store, STORE_TRACE, 3, site.v);
		if (store_step(store, STORE_TRACE, error))
			return -1;
		if (set_add(set, bit))
			return no_memory(error);
	}
	return 0;
}

int store_refresh(struct store *store, struct error *error)
{
	size_t kept = 0;
	int result = 0;

	for (size_t i = 0; i < store->unnamed_length; i++) {
		int named = result ? 0 : write_site_frames(store, store->unnamed[i], error);

		if (named < 0)
			result = -1;
		if (named <= 0)
			store->unnamed[kept++] = store->unnamed[i];
	}
	store->unnamed_length = kept;
	/* Frames name modules: those that came meanwhile as well. */
	return result ? result : write_modules_and_threads(store, error);
}

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

static bool store_write_same_moment(const void *context, uint32_t id, const void *key)
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
static uint32_t store_write_find_moment(const struct store *store,
					const struct store_moment *moment)
{
	return finder_find(&store->moment_index, moment_hash(moment),
			   store_write_same_moment, store, moment);
}

/* The same, made if need be; 0: out of memory. */
static uint32_t moment_id(struct store *store, const struct store_moment *moment)
{
	uint32_t id = store_write_find_moment(store, moment);

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

static int store_write_write_moment(struct store *store, uint64_t id,
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
		return no_memory(error);
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
	uint32_t id = store_write_find_moment(store, &live);

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

int store_follow(struct store *store, struct catalog *catalog, struct error *error)
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

	if (store_begin(store, error) || store_follow(store, snapshot->catalog, error))
		return -1;
	const struct store_moment moment = {
		.process = snapshot->process,
		.kind = snapshot->kind,
		.number = snapshot->number,
	};
	uint32_t id = moment_id(store, &moment);

	if (!id)
		return no_memory(error);
	uint64_t *written = &store->moments[id - 1].digest;

	store_bind(store, STORE_FORGET_MOMENT, 1, id);
	if (store_step(store, STORE_FORGET_MOMENT, error) ||
	    store_write_write_moment(store, id, snapshot, error) ||
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

int store_sources(struct store *store, struct catalog *catalog, store_source read, void *user,
		  struct error *error)
{
	uint32_t end = catalog_frames(catalog);
	char line[4096];

	if (store->catalog != catalog)
		return 0;
	if (store_begin(store, error))
		return -1;
	for (uint32_t i = store->sources ? store->sources : 1; i < end; i++) {
		struct frame frame = catalog_frame(catalog, (struct frame_id){ i });
		const char *file = catalog_text(catalog, frame.file);

		store->sources = i + 1;
		int length = frame.line ? read(user, file, frame.line, line, sizeof(line)) : -1;

		if (length < 0)
			continue;
		if (length > (int)sizeof(line))
			length = sizeof(line);
		store_bind_text(store, STORE_SOURCE, 1, file);
		store_bind(store, STORE_SOURCE, 2, frame.line);
		sqlite3_bind_text(store->statements[STORE_SOURCE], 3, line, length,
				  SQLITE_TRANSIENT);
		if (store_step(store, STORE_SOURCE, error))
			return -1;
	}
	return 0;
}
