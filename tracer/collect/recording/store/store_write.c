/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes the parts of the catalog that moments refer to: a row needs its trace, a trace
 * its site and its parents, a site its frames as soon as it has names.  Sets of ids tell
 * what the file has already, so each is written once.
 */
#include "tracer/collect/recording/store/store_parts.h"
#include "tracer/ground/array.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/recording/store/store_schema.h"
#include "tracer/wire/wire.h"

void store_forget(struct store *store)
{
	struct store_set *sets[] = { &store->frames, &store->sites[0], &store->sites[1],
				     &store->traces[0], &store->traces[1],
				     &store->fresh[0], &store->fresh[1] };

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		free(sets[i]->bits);
		*sets[i] = (struct store_set){ 0 };
	}
	free(store->modules);
	free(store->threads);
	free(store->unnamed);
	free(store->moments);
	free(store->layers);
	store_bases_free(store);
	store->modules = store->threads = store->unnamed = NULL;
	store->moments = NULL;
	store->layers = NULL;
	store->layers_length = 0;
	store->layer_free = 0;
	memset(store->fresh_end, 0, sizeof(store->fresh_end));
	store->modules_length = store->threads_length = 0;
	store->unnamed_length = store->unnamed_room = 0;
	store->moments_length = store->moments_room = 0;
	finder_free(&store->moment_index);
	store->sources = store->ahead = 0;
	store->traces_ahead = store->traces_whole = 0;
	if (store->catalog)
		catalog_release(store->catalog);
	store->catalog = NULL;
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

/* Writes all modules and threads that are new or changed; they are few. */
static int write_modules_and_threads(struct store *store, struct error *error)
{
	if (store_words(&store->modules, &store->modules_length,
			  catalog_modules(store->catalog)) ||
	    store_words(&store->threads, &store->threads_length,
			  catalog_threads(store->catalog)))
		return store_no_memory(error);
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
	if (store_set_has(&store->frames, id.v))
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
	return store_set_add(&store->frames, id.v) ? store_no_memory(error) : 0;
}

/* Writes a site's frames.  1: written, 0: it has no names yet, -1 with *error. */
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
		store_bind(store, STORE_SITE_FRAME, 1, store_site_number((struct site_id){ site }));
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

uint32_t store_site_number(struct site_id id)
{
	uint32_t ours = id.v >= SITE_OURS, place = id.v & ~SITE_OURS;

	if (!ours && place < WIRE_SITE_FIRST)
		return place;           /* it is no code, only a reason */
	return WIRE_SITE_FIRST + (ours ? place * 2 + 1 : (place - WIRE_SITE_FIRST) * 2);
}

int store_site(struct store *store, struct site_id id, struct error *error)
{
	struct store_set *set = &store->sites[id.v >= SITE_OURS];
	uint32_t bit = id.v & ~SITE_OURS;

	if (id.v < WIRE_SITE_FIRST || store_set_has(set, bit))
		return 0;
	struct site site = catalog_site(store->catalog, id);

	store_bind(store, STORE_SITE, 1, store_site_number(id));
	store_bind(store, STORE_SITE, 2, site.module.v);
	store_bind(store, STORE_SITE, 3, site.offset);
	if (store_step(store, STORE_SITE, error))
		return -1;
	int named = write_site_frames(store, id.v, error);

	if (named < 0)
		return -1;
	if ((!named && remember_unnamed(store, id.v)) || store_set_add(set, bit))
		return store_no_memory(error);
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
	/* Frames refer to modules, and new ones may have come meanwhile. */
	return result ? result : write_modules_and_threads(store, error);
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

static int sites_ahead(struct store *store, uint32_t from, uint32_t end,
		       struct error *error)
{
	for (uint32_t i = from; i < end; i++) {
		struct site_id id = { i };

		if (catalog_site(store->catalog, id).module.v && store_site(store, id, error))
			return -1;
	}
	store->ahead = end;
	return store_refresh(store, error);
}

static int traces_ahead(struct store *store, uint32_t from, uint32_t end,
			struct error *error)
{
	for (uint32_t i = from; i < end; i++)
		if (store_trace(store, (struct trace_id){ i }, error))
			return -1;
	store->traces_ahead = end;
	return store_traces(store, error);
}

int store_ahead(struct store *store, struct catalog *catalog, store_source read, void *user,
		bool *any, struct error *error)
{
	bool same = store->catalog == catalog;
	uint32_t site = same ? store->ahead : 0, trace = same ? store->traces_ahead : 0;
	uint32_t sites = catalog_sites(catalog);
	/* Whole rows of the table. */
	uint32_t traces = catalog_traces(catalog) / STORE_RUN_MAX * STORE_RUN_MAX;

	if (site < WIRE_SITE_FIRST)
		site = WIRE_SITE_FIRST;
	*any = site < sites || trace < traces;
	if (!*any)
		return 0;
	if (store_begin(store, error) || store_follow(store, catalog, error))
		return -1;
	if (site < sites && (sites_ahead(store, site, sites, error) ||
			     store_sources(store, catalog, read, user, error)))
		return -1;
	return trace < traces ? traces_ahead(store, trace, traces, error) : 0;
}
