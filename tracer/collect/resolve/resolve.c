/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two catalogs with the same modules and sites: the recording's, and a new one in which all
 * that lacks a line is named anew by what names live runs (collect/names).  Where the new
 * one knows more, its frames take the old ones' place.
 */
#include "tracer/collect/resolve/resolve.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/debug/fault.h"
#include "tracer/collect/names/names.h"
#include "tracer/collect/names/wrappers.h"
#include "tracer/collect/recording/recording.h"
#include "tracer/collect/recording/recording_edit.h"

struct resolve {
	struct recording *recording;
	const struct catalog *old;
	struct catalog *catalog;        /* the new one */
	pthread_mutex_t lock;           /* the names' room wants one around its writes */
	struct names *names;
	uint32_t sites;                 /* all ids of sites are below */
	uint64_t *wanted, *got;         /* by module */
	uint64_t nameless;
};

/* How much is known of a place: 0 no function, 1 no line, 2 all; by the frame that has
 * least. */
static unsigned knowledge(const struct catalog *catalog, struct site_id id)
{
	unsigned length, least = 2;
	const struct frame_id *frames = catalog_site_frames(catalog, id, &length);

	for (unsigned i = 0; i < length; i++) {
		struct frame frame = catalog_frame(catalog, frames[i]);
		unsigned here = frame.unresolved ? 0 : frame.line == 0 ? 1 : 2;
		least = here < least ? here : least;
	}
	return length ? least : 0;
}

/* Whether a file could say more of a site; Python's frames and code made at run time have
 * none. */
static bool lacks_line(const struct resolve *resolve, struct site_id id)
{
	struct site site = catalog_site(resolve->old, id);
	struct module module = catalog_module(resolve->old, site.module);
	unsigned length;
	const struct frame_id *frames = catalog_site_frames(resolve->old, id, &length);

	if (!site.module.v || catalog_text(resolve->old, module.path)[0] != '/')
		return false;
	if (length && catalog_frame(resolve->old, frames[0]).lang == LANG_PYTHON)
		return false;
	return knowledge(resolve->old, id) < 2;
}

static struct str_id carried(struct resolve *resolve, struct str_id id)
{
	const char *text = catalog_text(resolve->old, id);

	return catalog_intern(resolve->catalog, text, strlen(text));
}

/* The modules with the ids that they have, and the sites that are wanted.  False: no
 * memory. */
static bool carry_over(struct resolve *resolve)
{
	uint32_t modules = catalog_modules(resolve->old);

	for (uint32_t i = 1; i < modules; i++) {
		struct module module = catalog_module(resolve->old, (struct module_id){ i });
		module.path = carried(resolve, module.path);
		module.name = carried(resolve, module.name);
		module.reason = (struct str_id){ 0 };
		if (catalog_add_module(resolve->catalog, &module).v != i)
			return false;
	}
	for (uint32_t i = WIRE_SITE_FIRST; i < resolve->sites; i++) {
		struct site site = catalog_site(resolve->old, (struct site_id){ i });
		if (!lacks_line(resolve, (struct site_id){ i }))
			continue;
		if (catalog_put_site(resolve->catalog, (struct site_id){ i }, &site) != 0)
			return false;
		resolve->wanted[site.module.v]++;
		resolve->nameless += knowledge(resolve->old, (struct site_id){ i }) == 0;
	}
	return true;
}

static bool is_better(const struct resolve *resolve, struct site_id id)
{
	return knowledge(resolve->catalog, id) > knowledge(resolve->old, id);
}

static void resolve_sites(struct resolve *resolve)
{
	void *signal_stack = fault_enter();

	for (uint32_t i = WIRE_SITE_FIRST; i < resolve->sites; i++) {
		struct site_id id = { i };
		struct site site = catalog_site(resolve->catalog, id);
		if (!site.module.v)
			continue;
		names_site(resolve->names, id, false);
		if (is_better(resolve, id))
			resolve->got[site.module.v]++;
	}
	fault_leave(signal_stack);
}

/* Ctrl-C ends the search, which changes nothing, but not the short time in which a copy
 * of the file stands beside it. */
static void hold_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(how, &set, NULL);
}

static int write_changes(const struct resolve *resolve, struct recording_edit *edit,
			 struct error *error)
{
	for (uint32_t i = WIRE_SITE_FIRST; i < resolve->sites; i++)
		if (is_better(resolve, (struct site_id){ i }) &&
		    recording_edit_site(edit, (struct site_id){ i }, resolve->catalog, error))
			return -1;
	for (uint32_t i = 1; i < catalog_modules(resolve->old); i++) {
		struct module module = catalog_module(resolve->catalog, (struct module_id){ i });
		const char *reason = catalog_text(resolve->catalog, module.reason);
		if (resolve->got[i] &&
		    recording_edit_reason(edit, (struct module_id){ i }, reason, error))
			return -1;
	}
	return recording_edit_finish(edit, error);
}

static int resolve_write(struct resolve *resolve, struct error *error)
{
	struct recording_edit *edit = NULL;

	hold_signals(SIG_BLOCK);
	int result = recording_edit_begin(&edit, resolve->recording, error);
	if (result == 0)
		result = write_changes(resolve, edit, error);
	recording_edit_free(edit);
	hold_signals(SIG_UNBLOCK);
	return result;
}

/* False: no memory. */
static bool tell(const struct resolve *resolve, struct resolve_told *told)
{
	uint32_t modules = catalog_modules(resolve->old);

	told->modules = calloc(modules + 1, sizeof(*told->modules));
	told->nameless = resolve->nameless;
	for (uint32_t i = 1; told->modules && i < modules; i++) {
		struct module module = catalog_module(resolve->catalog, (struct module_id){ i });
		struct resolve_module *of = &told->modules[told->length];
		if (!resolve->wanted[i])
			continue;
		of->path = strdup(catalog_text(resolve->catalog, module.path));
		of->reason = strdup(catalog_text(resolve->catalog, module.reason));
		of->wanted = resolve->wanted[i];
		of->got = resolve->got[i];
		told->length++;
		if (!of->path || !of->reason)
			return false;
		told->wanted += of->wanted;
		told->got += of->got;
	}
	return told->modules != NULL;
}

void resolve_told_free(struct resolve_told *told)
{
	for (size_t i = 0; i < told->length; i++) {
		free(told->modules[i].path);
		free(told->modules[i].reason);
	}
	free(told->modules);
	*told = (struct resolve_told){ 0 };
}

/* 0, or -1 with *error if the file can't be written, or as it was if there is no
 * memory. */
static int resolve_run(struct resolve *resolve, const struct resolve_options *options,
		       struct resolve_told *told, struct error *error)
{
	char *wrappers = wrappers_text();
	const struct symbolizer_options naming = {
		.catalog = resolve->catalog,
		.lock = &resolve->lock,
		.source_maps = options->source_maps,
		.wrappers = wrappers,
	};
	int result = -1;

	resolve->names = names_new(&naming);
	if (resolve->names && carry_over(resolve)) {
		resolve_sites(resolve);
		if (tell(resolve, told))
			result = told->got ? resolve_write(resolve, error) : 0;
	}
	names_free(resolve->names);
	free(wrappers);
	return result;
}

int resolve_file(const char *path, const struct resolve_options *options,
		 struct resolve_told *told, struct error *error)
{
	struct resolve resolve = { .lock = PTHREAD_MUTEX_INITIALIZER };

	*told = (struct resolve_told){ 0 };
	search_set(&options->search);
	if (recording_settle(path, error) || recording_open(&resolve.recording, path, error))
		return -1;
	*error = (struct error){ .status = 125, .text = "cannot resolve: out of memory" };
	resolve.old = recording_catalog(resolve.recording);
	resolve.sites = recording_sites_end(resolve.recording);
	resolve.catalog = catalog_new();
	resolve.wanted = calloc(catalog_modules(resolve.old) + 1,
				sizeof(*resolve.wanted));
	resolve.got = calloc(catalog_modules(resolve.old) + 1, sizeof(*resolve.got));
	int result = resolve.catalog && resolve.wanted && resolve.got ?
			     resolve_run(&resolve, options, told, error) : -1;
	if (result)
		resolve_told_free(told);
	free(resolve.wanted);
	free(resolve.got);
	if (resolve.catalog)
		catalog_release(resolve.catalog);
	recording_close(resolve.recording);
	return result;
}
