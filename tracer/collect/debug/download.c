/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memtop is not linked with libdebuginfod, nor with the many libraries that it needs: it
 * is loaded only when the user has named servers. libdw loads it too, for its own
 * downloads, and from elfutils 0.188 on gives us its handle; before that, such a download
 * can't be ended early.
 */
#include "tracer/collect/debug/download.h"

#include <dlfcn.h>
#include <stdlib.h>

typedef void *(*get_client)(Dwfl *dwfl);
typedef int (*progress_function)(void *client, long done, long whole);
typedef void (*set_progress)(void *client, progress_function function);
typedef void (*set_user_data)(void *client, void *data);
typedef void *(*get_user_data)(void *client);
typedef void *(*begin_function)(void);
typedef int (*find_function)(void *client, const unsigned char *id, int length,
			     char **path);
typedef void (*end_function)(void *client);

static get_user_data user_data;         /* written before any download, always with the
					 * same value */

/* Called a few times a second while a download waits. */
static int progress(void *client, long done, long whole)
{
	const atomic_bool *leave = user_data(client);

	(void)done, (void)whole;
	return leave && atomic_load_explicit(leave, memory_order_relaxed);
}

/* Loads the library; NULL: the user named no servers, or it is not installed.  It is
 * never unloaded, because some libraries that it needs do not survive that. */
static void *library_open(void)
{
	const char *urls = getenv("DEBUGINFOD_URLS");

	return urls && urls[0] ? dlopen("libdebuginfod.so.1", RTLD_LAZY | RTLD_NODELETE) : NULL;
}

void download_watch(Dwfl *dwfl, const atomic_bool *leave)
{
	get_client ask = (get_client)dlsym(RTLD_DEFAULT, "dwfl_get_debuginfod_client");
	void *library = ask ? library_open() : NULL;
	void *client = library ? ask(dwfl) : NULL;

	if (client) {
		void *set = dlsym(library, "debuginfod_set_progressfn");
		void *give = dlsym(library, "debuginfod_set_user_data");
		void *get = dlsym(library, "debuginfod_get_user_data");

		if (set && give && get) {
			user_data = (get_user_data)get;
			((set_user_data)give)(client, (void *)(uintptr_t)leave);
			((set_progress)set)(client, progress);
		}
	}
	if (library)
		dlclose(library);
}

int download_find(const uint8_t *id, size_t length)
{
	void *library = library_open();
	void *begin = library ? dlsym(library, "debuginfod_begin") : NULL;
	void *find = library ? dlsym(library, "debuginfod_find_debuginfo") : NULL;
	void *end = library ? dlsym(library, "debuginfod_end") : NULL;
	void *client = begin && find && end ? ((begin_function)begin)() : NULL;
	int fd = client ? ((find_function)find)(client, id, (int)length, NULL) : -1;

	if (client)
		((end_function)end)(client);
	if (library)
		dlclose(library);
	return fd < 0 ? -1 : fd;
}
