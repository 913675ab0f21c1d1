/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Connects the debug-info backend with the catalog: each call of the backend runs in
 * fault_run, a module in which it faulted is never read again, and the catalog's lock is
 * held only while the catalog is used.
 */
#include "tracer/collect/names/names.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracer/collect/debug/dwarf.h"
#include "tracer/collect/debug/fault.h"
#include "tracer/collect/debug/paths.h"
#include "tracer/collect/debug/search.h"
#include "tracer/collect/names/perfmap.h"
#include "tracer/collect/names/wrappers.h"

enum {
	LARGE = 32 << 20,       /* bytes of a file that may take long to prepare */
	OPENED_MAX = 16384,     /* most modules that are open: each is a mapping of
				 * ours */
};

struct entry {
	struct dwarf_module *dwarf;
	struct cache_module *cache;     /* NULL: not looked up yet, or none */
	bool opened, prepared, dead, late;
	bool asked, told;               /* the cache was asked; the reason for missing
					 * names was told */
	struct perfmap *made;           /* a process's own names for code that it makes at
					 * run time */
	const char *hindrance;          /* the reason that `made` gave last */
};

struct names {
	struct symbolizer_options options;
	struct wrappers *wrappers;
	struct cache *cache;            /* names that earlier runs found; NULL: none */
	bool cache_asked;
	struct entry *entries;
	uint32_t length, opened;
	uint64_t room;                  /* how many bytes of files may still be
					 * prepared */
	_Atomic uint64_t unresolved;
	atomic_bool leave;
	pthread_mutex_t held_lock;      /* protects held */
	struct held {
		char *path;
		int fd;
		int length;             /* of build_id; -1 or 0: none */
		uint8_t build_id[20];
	} held[NAMES_HELD];
	unsigned held_length;
	struct dwarf_names found;
};

struct names *names_new(const struct symbolizer_options *options)
{
	struct names *names = malloc(sizeof(*names));

	if (!names)
		return NULL;
	names->options = *options;
	names->wrappers = wrappers_new(options->wrappers);
	names->entries = NULL;
	names->cache = NULL;
	names->cache_asked = false;
	names->length = names->opened = 0;
	names->room = (uint64_t)sysconf(_SC_PHYS_PAGES) / 2 * (uint64_t)sysconf(_SC_PAGESIZE);
	names->held_length = 0;
	pthread_mutex_init(&names->held_lock, NULL);
	atomic_init(&names->unresolved, 0);
	atomic_init(&names->leave, false);
	if (!names->wrappers) {
		free(names);
		return NULL;
	}
	return names;
}

void names_free(struct names *names)
{
	if (!names)
		return;
	for (uint32_t i = 0; i < names->length; i++) {
		struct entry *entry = &names->entries[i];
		cache_module_close(entry->cache);
		perfmap_free(entry->made);
		if (entry->dead)
			dwarf_abandon(entry->dwarf);
		else
			dwarf_close(entry->dwarf);
	}
	for (unsigned i = 0; i < names->held_length; i++) {
		free(names->held[i].path);
		close(names->held[i].fd);
	}
	cache_close(names->cache);
	free(names->entries);
	pthread_mutex_destroy(&names->held_lock);
	wrappers_free(names->wrappers);
	free(names);
}

static struct entry *names_entry_of(struct names *names, struct module_id id)
{
	if (id.v == 0 || id.v >= catalog_modules(names->options.catalog))
		return NULL;
	if (id.v >= names->length) {
		uint32_t length = id.v + 64;
		struct entry *entries =
			realloc(names->entries, length * sizeof(*entries));
		if (!entries)
			return NULL;
		memset(entries + names->length, 0,
		       (length - names->length) * sizeof(*entries));
		names->entries = entries;
		names->length = length;
	}
	return &names->entries[id.v];
}

static void names_set_reason(struct names *names, struct module_id id, const char *reason)
{
	struct catalog *catalog = names->options.catalog;

	pthread_mutex_lock(names->options.lock);
	catalog_set_reason(catalog, id, catalog_intern(catalog, reason, strlen(reason)));
	pthread_mutex_unlock(names->options.lock);
}

/* The arguments and results of one call of the backend. */
struct call {
	struct dwarf_module *dwarf;
	const struct binary_wish *wish;
	const char *reason;
	const atomic_bool *leave;
	struct cache_module *cache;
	uint64_t offset;
	struct dwarf_names *names;
};

static void call_open(void *argument)
{
	struct call *call = argument;
	call->dwarf = dwarf_open(call->wish, &call->reason);
}

static void call_prepare(void *argument)
{
	struct call *call = argument;
	call->reason = dwarf_prepare(call->dwarf, call->leave, call->cache);
}

static void call_frames(void *argument)
{
	struct call *call = argument;
	dwarf_frames(call->dwarf, call->offset, call->names);
}

/* Runs body(call) so that a fault in it does not end memtop.  False: it faulted, and this
 * module is never read again. */
static bool guarded(struct names *names, struct module_id id, void (*body)(void *),
		    struct call *call)
{
	if (fault_run(body, call) == 0)
		return true;
	struct entry *entry = names_entry_of(names, id);
	entry->dead = true;
	cache_give_up(entry->cache);
	names_set_reason(names, id, "its debug info is damaged");
	return false;
}

static const struct held *find_held(const struct names *names, const char *path)
{
	for (unsigned i = 0; i < names->held_length; i++)
		if (strcmp(names->held[i].path, path) == 0)
			return &names->held[i];
	return NULL;
}

/* 1 + the descriptor of a file that is held open; 0: there is none.  It is found by its
 * path, or by its build-id, because the loader and the kernel may name a file
 * differently. */
static int held_of(struct names *names, const struct binary_wish *wish)
{
	pthread_mutex_lock(&names->held_lock);
	const struct held *held = find_held(names, wish->path);
	size_t length = wish->build_id_length;

	for (unsigned i = 0; !held && length > 0 && i < names->held_length; i++)
		if (names->held[i].length == (int)length &&
		    memcmp(names->held[i].build_id, wish->build_id, length) == 0)
			held = &names->held[i];
	int fd = held ? held->fd + 1 : 0;
	pthread_mutex_unlock(&names->held_lock);
	return fd;
}

static void hold(struct names *names, const char *path)
{
	if (names->held_length == NAMES_HELD || find_held(names, path))
		return;
	struct held held = { .path = strdup(path), .fd = binary_hold(path) };
	if (held.path && held.fd >= 0) {
		held.length = binary_build_id(held.fd, held.build_id);
		names->held[names->held_length++] = held;
		return;
	}
	free(held.path);
	if (held.fd >= 0)
		close(held.fd);
}

void names_hold(struct names *names, const char *path)
{
	pthread_mutex_lock(&names->held_lock);
	hold(names, path);
	pthread_mutex_unlock(&names->held_lock);
}

static bool is_made(const struct catalog *catalog, struct module_id id)
{
	return strcmp(catalog_text(catalog, catalog_module(catalog, id).path), NAMES_MADE) == 0;
}

void names_open(struct names *names, struct module_id id, uint64_t start, uint64_t end,
		int32_t pid)
{
	struct entry *entry = names_entry_of(names, id);

	if (!entry || entry->opened)
		return;
	struct module module = catalog_module(names->options.catalog, id);
	if (is_made(names->options.catalog, id))
		return;                 /* its names come from names_made */
	struct binary_wish wish = {
		.path = catalog_text(names->options.catalog, module.path),
		.build_id = module.build_id,
		.build_id_length = module.build_id_length,
		.pid = pid,
		.start = start,
		.end = end,
	};
	wish.held = held_of(names, &wish);
	struct call call = { .wish = &wish };
	entry->opened = true;
	if (names->opened++ >= OPENED_MAX) {
		names_set_reason(names, id, "too many modules");
		return;
	}
	if (!guarded(names, id, call_open, &call))
		return;
	entry->dwarf = call.dwarf;
	if (!call.dwarf)
		names_set_reason(names, id, call.reason);
}

void names_made(struct names *names, struct module_id id, struct perfmap *map)
{
	struct entry *entry = names_entry_of(names, id);

	if (!entry || entry->made)
		perfmap_free(map);
	else
		entry->made = map;
}

static void names_prepare(struct names *names, struct module_id id, struct entry *entry)
{
	struct call call = { .dwarf = entry->dwarf, .leave = &names->leave,
			     .cache = entry->cache };
	size_t weight = dwarf_weight(entry->dwarf);

	if (weight > names->room) {     /* a target may name any file, any number of
					 * times */
		dwarf_close(entry->dwarf);
		entry->dwarf = NULL;
		cache_give_up(entry->cache);
		names_set_reason(names, id, "no memory is left for its debug info");
		return;
	}
	names->room -= weight;
	entry->prepared = true;
	if (!guarded(names, id, call_prepare, &call))
		return;
	if (call.reason)
		names_set_reason(names, id, call.reason);
	cache_set_reason(entry->cache, call.reason);
}

/* Reports that a unit's .dwo file is missing, which is known only after a first site in
 * that unit was looked up. */
static void tell_late(struct names *names, struct module_id id, struct entry *entry)
{
	const char *reason = entry->late ? NULL : dwarf_late_reason(entry->dwarf);

	if (!reason)
		return;
	entry->late = true;
	names_set_reason(names, id, reason);
}

/* Reports that frames of V8's interpreter all have one name: every function that it runs
 * appears as that one frame, unless V8 is told to make a copy of it for each function. */
static void tell_interpreter(struct names *names, struct module_id module)
{
	static const char trampoline[] = "Builtins_InterpreterEntryTrampoline";
	const struct dwarf_names *found = &names->found;

	if (strcmp(found->frames[found->length - 1].function, trampoline) == 0)
		names_set_reason(names, module, "functions that V8 interprets are named by node "
				 "--perf-basic-prof --interpreted-frames-native-stack");
}

/* Puts the frames that were found into the catalog; the lock is held. */
static void store(struct names *names, struct site_id id, struct module_id module)
{
	struct catalog *catalog = names->options.catalog;
	struct frame_id frames[DWARF_CHAIN] = { 0 };
	bool unresolved = false;
	char moved[PATH_MAX];

	for (size_t i = 0; i < names->found.length; i++) {
		const struct dwarf_frame *from = &names->found.frames[i];
		const char *file = from->file;
		if (from->line > 0)
			file = paths_map(names->options.source_maps, file, moved,
					 sizeof(moved));
		struct frame frame = {
			.file = catalog_intern(catalog, file, strlen(file)),
			.function = catalog_intern(catalog, from->function,
						   strlen(from->function)),
			.module = module,
			.line = from->line,
			.lang = (uint8_t)from->lang,
			.inlined = from->inlined,
			.wrapper = wrappers_match(names->wrappers, from->function,
						  from->file),
			.unresolved = from->unresolved,
		};
		frames[i] = catalog_add_frame(catalog, &frame);
		unresolved = unresolved || from->unresolved;
	}
	(void)catalog_name_site(catalog, id, frames, (unsigned)names->found.length);
	if (unresolved)
		atomic_fetch_add_explicit(&names->unresolved, 1, memory_order_relaxed);
}

/* Takes what an earlier run found; false: it found nothing. */
static bool names_find_known(struct names *names, struct module_id id,
			     struct entry *entry, uint64_t offset)
{
	struct content_frame frames[CONTENT_CHAIN];
	size_t length = cache_find(entry->cache, offset, frames);
	const char *reason = cache_reason(entry->cache);

	if (length == 0)
		return false;
	for (size_t i = 0; i < length; i++)
		names->found.frames[i] = (struct dwarf_frame){
			.file = frames[i].file,
			.function = frames[i].function,
			.line = frames[i].line,
			.lang = frames[i].lang,
			.inlined = frames[i].inlined,
			.unresolved = frames[i].unresolved,
		};
	names->found.length = length;
	if (!entry->prepared && !entry->told && *reason)
		names_set_reason(names, id, reason);
	entry->told = true;
	return true;
}

/* Keeps what was found for later runs. */
static void names_keep(const struct dwarf_names *found, struct entry *entry,
		       uint64_t offset)
{
	struct content_frame frames[CONTENT_CHAIN];

	for (size_t i = 0; i < found->length; i++)
		frames[i] = (struct content_frame){
			.file = found->frames[i].file,
			.function = found->frames[i].function,
			.line = found->frames[i].line,
			.lang = found->frames[i].lang,
			.inlined = found->frames[i].inlined,
			.unresolved = found->frames[i].unresolved,
		};
	if (dwarf_is_split(entry->dwarf))       /* any number of .dwo files */
		cache_give_up(entry->cache);
	cache_add(entry->cache, offset, frames, found->length);
}

static void open_cache(struct names *names, struct module_id id, struct entry *entry)
{
	struct module module = catalog_module(names->options.catalog, id);
	const struct cache_wish wish = {
		.path = catalog_text(names->options.catalog, module.path),
		.build_id = module.build_id,
		.build_id_length = module.build_id_length,
		.status = dwarf_status(entry->dwarf),
		.backend = dwarf_version(),
	};

	entry->asked = true;
	/* With unusual search paths the cached names would depend on those as well. */
	if (!names->cache_asked && search_is_usual())
		names->cache = cache_open();
	names->cache_asked = true;
	entry->cache = cache_module_open(names->cache, &wish);
}

/* Fills names->found from an open module; false: not now, for the reasons that names_site
 * gives. */
static bool find_names(struct names *names, struct module_id id, struct entry *entry,
		       uint64_t offset, bool patient)
{
	struct call call = { .offset = offset, .names = &names->found };

	if (!entry->asked)
		open_cache(names, id, entry);
	if (names_find_known(names, id, entry, offset))
		return true;
	if (!entry->prepared) {
		if (patient && dwarf_weight(entry->dwarf) > LARGE)
			return false;
		names_prepare(names, id, entry);
	}
	call.dwarf = entry->dead ? NULL : entry->dwarf;
	if (!call.dwarf || !guarded(names, id, call_frames, &call)) {
		struct module module = catalog_module(names->options.catalog, id);
		dwarf_unknown(catalog_text(names->options.catalog, module.path), offset,
			      &names->found);
		return true;
	}
	tell_late(names, id, entry);
	names_keep(&names->found, entry, offset);
	return true;
}

/* Gives a site in code made at run time its frame, by the newest name from the
 * process. */
static enum names_answer find_made(struct names *names, struct module_id id,
				   struct entry *entry, uint64_t address)
{
	size_t length;
	const char *name = entry->made ? perfmap_find(entry->made, address, &length) : NULL;
	const char *reason = entry->made ? perfmap_reason(entry->made) : NULL;

	if (reason != entry->hindrance)
		names_set_reason(names, id, reason ? reason : "");
	entry->hindrance = reason;
	if (!name)
		return NAMES_UNKNOWN;
	perfmap_tidy(name, length, names->found.text, sizeof(names->found.text));
	names->found.frames[0] = (struct dwarf_frame){
		.file = NAMES_MADE, .function = names->found.text
	};
	names->found.length = 1;
	return NAMES_DONE;
}

enum names_answer names_site(struct names *names, struct site_id id, bool patient)
{
	struct catalog *catalog = names->options.catalog;
	struct site site = catalog_site(catalog, id);
	struct entry *entry = names_entry_of(names, site.module);
	unsigned n;

	if (catalog_site_frames(catalog, id, &n))
		return NAMES_DONE;
	if (entry && !entry->opened) {
		names_open(names, site.module, 0, 0, 0);
		entry = names_entry_of(names, site.module);
	}
	if (entry && is_made(catalog, site.module)) {
		if (find_made(names, site.module, entry, site.offset) == NAMES_UNKNOWN)
			return NAMES_UNKNOWN;
	} else if (!entry || !entry->dwarf || entry->dead) {
		struct module module = catalog_module(catalog, site.module);
		dwarf_unknown(catalog_text(catalog, module.path), site.offset,
			      &names->found);
	} else if (!find_names(names, site.module, entry, site.offset, patient)) {
		return NAMES_LARGE;
	}
	tell_interpreter(names, site.module);
	pthread_mutex_lock(names->options.lock);
	store(names, id, site.module);
	pthread_mutex_unlock(names->options.lock);
	return NAMES_DONE;
}

const unsigned char *names_bytes(struct names *names, struct module_id id, size_t *size)
{
	struct entry *entry = names_entry_of(names, id);

	if (!entry || !entry->dwarf || entry->dead)
		return NULL;
	return dwarf_bytes(entry->dwarf, size);
}

struct module_id names_adopt(struct names *names, const char *path, uint64_t start,
			     uint64_t end, int32_t pid)
{
	struct catalog *catalog = names->options.catalog;
	struct binary_wish wish = {
		.path = path, .pid = pid, .start = start, .end = end
	};
	wish.held = held_of(names, &wish);
	struct module module = { 0 };
	const char *reason;

	int fd = binary_open(&wish, &reason);
	if (fd < 0)
		return (struct module_id){ 0 };
	int length = binary_build_id(fd, module.build_id);
	close(fd);
	module.build_id_length = length > 0 ? (uint8_t)length : 0;
	struct module_id id = catalog_find_module(catalog, path, module.build_id,
						  module.build_id_length);
	if (id.v == 0) {
		const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
		pthread_mutex_lock(names->options.lock);
		module.path = catalog_intern(catalog, path, strlen(path));
		module.name = catalog_intern(catalog, name, strlen(name));
		id = catalog_add_module(catalog, &module);
		pthread_mutex_unlock(names->options.lock);
	}
	names_open(names, id, start, end, pid);
	return id;
}

void names_leave(struct names *names) { atomic_store(&names->leave, true); }

uint64_t names_unresolved(const struct names *names)
{
	return atomic_load_explicit(&((struct names *)(uintptr_t)names)->unresolved,
				    memory_order_relaxed);
}
