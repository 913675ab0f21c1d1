/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libdw loads libdebuginfod itself and shows its handle only; the two
 * functions needed are looked up in what is loaded already, so that memtop
 * neither links with it nor with all that it links with.
 */
#include "tracer/collect/debug/download.h"

#include <dlfcn.h>
#include <stdlib.h>

typedef int (*progress_function)(debuginfod_client *client, long done, long whole);
typedef void (*set_progress)(debuginfod_client *client, progress_function function);
typedef void (*set_user_data)(debuginfod_client *client, void *data);
typedef void *(*get_user_data)(debuginfod_client *client);

static get_user_data user_data;         /* written before any download, the same value */

/* Called a few times a second while a download waits. */
static int progress(debuginfod_client *client, long done, long whole)
{
	const atomic_bool *leave = user_data(client);

	(void)done, (void)whole;
	return leave && atomic_load_explicit(leave, memory_order_relaxed);
}

void download_watch(Dwfl *dwfl, const atomic_bool *leave)
{
	const char *urls = getenv("DEBUGINFOD_URLS");
	debuginfod_client *client =
		urls && urls[0] ? dwfl_get_debuginfod_client(dwfl) : NULL;
	void *library =
		client ? dlopen("libdebuginfod.so.1", RTLD_LAZY | RTLD_NOLOAD) : NULL;

	if (!library)
		return;
	void *set = dlsym(library, "debuginfod_set_progressfn");
	void *give = dlsym(library, "debuginfod_set_user_data");
	void *get = dlsym(library, "debuginfod_get_user_data");
	if (set && give && get) {
		user_data = (get_user_data)get;
		((set_user_data)give)(client, (void *)(uintptr_t)leave);
		((set_progress)set)(client, progress);
	}
	dlclose(library);               /* libdw keeps its own hold of it */
}
