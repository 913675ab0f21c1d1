/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libdw loads libdebuginfod itself and shows its handle only, from elfutils 0.187 on; the
 * functions needed are looked up in what is loaded already, so that memtop neither links
 * with it nor with all that it links with.  Where they are missing a download is waited
 * for.
 */
#include "tracer/collect/debug/download.h"

#include <dlfcn.h>
#include <stdlib.h>

typedef void *(*get_client)(Dwfl *dwfl);
typedef int (*progress_function)(void *client, long done, long whole);
typedef void (*set_progress)(void *client, progress_function function);
typedef void (*set_user_data)(void *client, void *data);
typedef void *(*get_user_data)(void *client);
typedef int (*find_function)(void *client, const unsigned char *id, int length, char **path);

static get_user_data user_data;         /* written before any download, the same value */

/* Called a few times a second while a download waits. */
static int progress(void *client, long done, long whole)
{
	const atomic_bool *leave = user_data(client);

	(void)done, (void)whole;
	return leave && atomic_load_explicit(leave, memory_order_relaxed);
}

/* The client of a Dwfl, if the user named servers; *library is a handle for dlclose, of
 * what libdw holds open itself.  NULL: none. */
static void *client_of(Dwfl *dwfl, void **library)
{
	const char *urls = getenv("DEBUGINFOD_URLS");
	get_client ask = (get_client)dlsym(RTLD_DEFAULT, "dwfl_get_debuginfod_client");
	void *client = ask && urls && urls[0] ? ask(dwfl) : NULL;

	*library = client ? dlopen("libdebuginfod.so.1", RTLD_LAZY | RTLD_NOLOAD) : NULL;
	return *library ? client : NULL;
}

void download_watch(Dwfl *dwfl, const atomic_bool *leave)
{
	void *library, *client = client_of(dwfl, &library);

	if (!client)
		return;
	void *set = dlsym(library, "debuginfod_set_progressfn");
	void *give = dlsym(library, "debuginfod_set_user_data");
	void *get = dlsym(library, "debuginfod_get_user_data");
	if (set && give && get) {
		user_data = (get_user_data)get;
		((set_user_data)give)(client, (void *)(uintptr_t)leave);
		((set_progress)set)(client, progress);
	}
	dlclose(library);
}

int download_find(const uint8_t *id, size_t length)
{
	static const Dwfl_Callbacks nothing;
	Dwfl *dwfl = dwfl_begin(&nothing);
	void *library = NULL, *client = dwfl ? client_of(dwfl, &library) : NULL;
	void *find = client ? dlsym(library, "debuginfod_find_debuginfo") : NULL;
	int fd = find ? ((find_function)find)(client, id, (int)length, NULL) : -1;

	if (library)
		dlclose(library);
	dwfl_end(dwfl);
	return fd < 0 ? -1 : fd;
}
