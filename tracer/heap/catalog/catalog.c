/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each kind of thing is an array that never moves; an id is its index.  A
 * writer fills the element, then publishes it by the array's end; what may
 * change later (a module's reason, a thread's name) is an atomic word.
 */
#include "tracer/heap/catalog/catalog_parts.h"

#include <errno.h>
#include <string.h>

/* Publishes elements below `end`; pairs with load_end. */
static void store_end(_Atomic uint32_t *end, uint32_t value)
{
	atomic_store_explicit(end, value, memory_order_release);
}

static uint32_t load_end(const _Atomic uint32_t *end)
{
	return atomic_load_explicit(end, memory_order_acquire);
}

static int init(struct catalog *catalog)
{
	if (strpool_init(&catalog->strings) ||
	    !chunk_reserve(&catalog->modules, sizeof(struct module_entry), 0) ||
	    !chunk_reserve(&catalog->frames, sizeof(struct frame), 0) ||
	    !chunk_reserve(&catalog->threads, sizeof(struct thread_entry), 0))
		return -ENOMEM;
	store_end(&catalog->modules_end, 1);
	store_end(&catalog->frames_end, 1);
	store_end(&catalog->threads_end, 1);
	return 0;
}

static void catalog_destroy(struct catalog *catalog)
{
	strpool_free(&catalog->strings);
	chunk_free(&catalog->modules);
	chunk_free(&catalog->frames);
	chunk_free(&catalog->threads);
	finder_free(&catalog->frame_index);
	finder_free(&catalog->namesakes);
	arena_free(&catalog->names);
	struct numbered *both[] = { &catalog->sites, &catalog->traces };

	for (unsigned i = 0; i < 2; i++) {
		chunk_free(&both[i]->theirs);
		chunk_free(&both[i]->ours);
		finder_free(&both[i]->index);
		chunk_free(&catalog->ends[i]);
	}
	free(catalog);
}

struct catalog *catalog_new(void)
{
	struct catalog *catalog = calloc(1, sizeof(*catalog));

	if (!catalog)
		return NULL;
	atomic_init(&catalog->references, 1);
	if (!init(catalog))
		return catalog;
	catalog_destroy(catalog);
	return NULL;
}

struct catalog *catalog_retain(struct catalog *catalog)
{
	atomic_fetch_add_explicit(&catalog->references, 1, memory_order_relaxed);
	return catalog;
}

void catalog_release(struct catalog *catalog)
{
	/* The thread that drops the last reference must see all that others wrote before
	 * they dropped theirs. */
	if (catalog && atomic_fetch_sub_explicit(&catalog->references, 1,
						 memory_order_acq_rel) == 1)
		catalog_destroy(catalog);
}

struct str_id catalog_intern(struct catalog *catalog, const char *bytes, size_t length)
{
	return strpool_intern(&catalog->strings, bytes, length);
}

struct str_id catalog_known(struct catalog *catalog, const char *bytes, size_t length)
{
	return strpool_find(&catalog->strings, bytes, length);
}

const char *catalog_text(const struct catalog *catalog, struct str_id id)
{
	return strpool_text(&catalog->strings, id);
}

struct module_id catalog_add_module(struct catalog *catalog, const struct module *module)
{
	uint32_t id = atomic_load_explicit(&catalog->modules_end, memory_order_relaxed);
	struct module_entry *entry = id == UINT32_MAX ? NULL :
				     chunk_reserve(&catalog->modules, sizeof(*entry), id);

	if (!entry)
		return (struct module_id){ 0 };
	entry->module = *module;
	if (entry->module.build_id_length > sizeof(entry->module.build_id))
		entry->module.build_id_length = sizeof(entry->module.build_id);
	atomic_store_explicit(&entry->reason, module->reason.v, memory_order_relaxed);
	store_end(&catalog->modules_end, id + 1);
	return (struct module_id){ id };
}

static struct module_entry *module_entry(const struct catalog *catalog,
					 struct module_id id)
{
	if (!id.v || id.v >= load_end(&catalog->modules_end))
		return NULL;
	return chunk_at(&catalog->modules, sizeof(struct module_entry), id.v);
}

struct module_id catalog_find_module(const struct catalog *catalog, const char *path,
				     const uint8_t *build_id, size_t length)
{
	uint32_t end = load_end(&catalog->modules_end);

	for (uint32_t i = 1; i < end; i++) {
		struct module module = catalog_module(catalog, (struct module_id){ i });

		if (module.build_id_length == length &&
		    memcmp(module.build_id, build_id, length) == 0 &&
		    strcmp(catalog_text(catalog, module.path), path) == 0)
			return (struct module_id){ i };
	}
	return (struct module_id){ 0 };
}

void catalog_set_reason(struct catalog *catalog, struct module_id id,
			struct str_id reason)
{
	struct module_entry *entry = module_entry(catalog, id);

	/* Pairs with catalog_module: the text is whole. */
	if (entry)
		atomic_store_explicit(&entry->reason, reason.v, memory_order_release);
}

struct module catalog_module(const struct catalog *catalog, struct module_id id)
{
	const struct module_entry *entry = module_entry(catalog, id);
	struct module module = { 0 };

	if (!entry)
		return module;
	module = entry->module;
	module.reason.v = atomic_load_explicit(&entry->reason, memory_order_acquire);
	return module;
}

uint32_t catalog_modules(const struct catalog *catalog)
{
	return load_end(&catalog->modules_end);
}

static uint32_t catalog_frame_hash(const struct frame *frame)
{
	uint64_t place = (uint64_t)frame->file.v << 32 | frame->line;
	uint64_t rest = (uint64_t)frame->function.v << 32 | frame->module.v << 12;

	rest |= (uint64_t)frame->lang << 3 | (uint64_t)frame->inlined << 2 |
		(uint64_t)frame->wrapper << 1 | (uint64_t)frame->unresolved;
	return hash_mix(place ^ (uint64_t)hash_mix(rest, 0) << 16 ^ hash_mix(~rest, 0), 0);
}

/* Compares field by field, since padding bytes may differ between equal frames. */
static bool same_frame(const void *context, uint32_t id, const void *key)
{
	const struct catalog *catalog = context;
	const struct frame *a = chunk_at(&catalog->frames, sizeof(*a), id), *b = key;

	return a->file.v == b->file.v && a->line == b->line && a->function.v == b->function.v &&
	       a->module.v == b->module.v && a->lang == b->lang && a->inlined == b->inlined &&
	       a->wrapper == b->wrapper && a->unresolved == b->unresolved;
}

struct frame_id catalog_add_frame(struct catalog *catalog, const struct frame *frame)
{
	uint32_t hash = catalog_frame_hash(frame);
	uint32_t id = finder_find(&catalog->frame_index, hash, same_frame, catalog, frame);

	if (id || !finder_room(&catalog->frame_index))
		return (struct frame_id){ id };
	id = atomic_load_explicit(&catalog->frames_end, memory_order_relaxed);
	struct frame *entry = id == UINT32_MAX ? NULL :
			      chunk_reserve(&catalog->frames, sizeof(*entry), id);

	if (!entry)
		return (struct frame_id){ 0 };
	*entry = *frame;
	store_end(&catalog->frames_end, id + 1);
	finder_put(&catalog->frame_index, hash, id);
	return (struct frame_id){ id };
}

struct frame catalog_frame(const struct catalog *catalog, struct frame_id id)
{
	if (!id.v || id.v >= load_end(&catalog->frames_end))
		return (struct frame){ 0 };
	const struct frame *entry = chunk_at(&catalog->frames, sizeof(*entry), id.v);

	return *entry;
}

uint32_t catalog_frames(const struct catalog *catalog)
{
	return load_end(&catalog->frames_end);
}

struct thread_id catalog_add_thread(struct catalog *catalog, int32_t tid, struct str_id name)
{
	static const char later[] = "later threads";
	uint32_t id = atomic_load_explicit(&catalog->threads_end, memory_order_relaxed);

	if (id >= CATALOG_THREADS)
		return (struct thread_id){ CATALOG_THREADS - 1 };
	struct thread_entry *entry = chunk_reserve(&catalog->threads, sizeof(*entry), id);

	if (!entry)
		return (struct thread_id){ 0 };
	if (id == CATALOG_THREADS - 1) {
		tid = 0;
		name = catalog_intern(catalog, later, sizeof(later) - 1);
	}
	entry->tid = tid;
	atomic_store_explicit(&entry->name, name.v, memory_order_relaxed);
	store_end(&catalog->threads_end, id + 1);
	return (struct thread_id){ id };
}

static struct thread_entry *thread_entry(const struct catalog *catalog, struct thread_id id)
{
	if (!id.v || id.v >= load_end(&catalog->threads_end))
		return NULL;
	return chunk_at(&catalog->threads, sizeof(struct thread_entry), id.v);
}

void catalog_rename_thread(struct catalog *catalog, struct thread_id id, struct str_id name)
{
	struct thread_entry *entry = thread_entry(catalog, id);

	/* Pairs with catalog_thread: the text is whole. */
	if (entry && id.v != CATALOG_THREADS - 1)
		atomic_store_explicit(&entry->name, name.v, memory_order_release);
}

struct thread catalog_thread(const struct catalog *catalog, struct thread_id id)
{
	const struct thread_entry *entry = thread_entry(catalog, id);
	struct thread thread = { 0 };

	if (!entry)
		return thread;
	thread.tid = entry->tid;
	thread.name.v = atomic_load_explicit(&entry->name, memory_order_acquire);
	return thread;
}

uint32_t catalog_threads(const struct catalog *catalog)
{
	return load_end(&catalog->threads_end);
}
