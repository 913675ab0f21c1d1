/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens and closes two plugins again and again; what they allocate is kept by
 * the host, which allocates in between. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "tests/preload/workers/expect.h"

#define ROUNDS 200

static struct tally host = {.name = "host_block"};

OWN static void *host_block(size_t size)
{
	void *p = malloc(size);

	tally_add(&host, size);
	return p;
}

static void use(const char *path)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	void *(*block)(size_t), *kept;

	if (!handle)
		printf("%s\n", dlerror());
	MUST(handle);
	*(void **)&block = dlsym(handle, "plugin_block");
	MUST(block);
	kept = block(100);
	free(block(10));
	MUST(dlclose(handle) == 0);
	free(kept);
	kept = host_block(20);
	KEEP(kept);
}

int main(void)
{
	char self[4096] = {0}, path[4200];

	MUST(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	*strrchr(self, '/') = '\0';
	for (int i = 0; i < ROUNDS; i++) {
		snprintf(path, sizeof(path), "%s/plugin_%s.so", self, i % 2 ? "one" : "two");
		use(path);
	}
	/* An error of the program's own is still its own to read. */
	MUST(!dlopen("/nonexistent.so", RTLD_NOW));
	free(malloc(1));
	MUST(strstr(dlerror(), "nonexistent"));
	MUST(!dlerror());
	tally_print(&host);
	return 0;
}
