/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stacks through many libraries: eight random hops over the copies of
 * module.c in parts/ beside this program.  modules [PAIRS]
 */
#include <dlfcn.h>
#include <libgen.h>
#include <stdio.h>
#include "tests/bench/work/work.h"

#define MODULES 64u
#define LIVE 1024u

typedef void *(*next_fn)(unsigned level, uint64_t seed);
static void *(*calls[MODULES])(next_fn next, unsigned level, uint64_t seed);

static void *hop(unsigned level, uint64_t seed)
{
	void *made = calls[work_random(&seed) % MODULES](hop, level, seed);

	KEEP_FRAME;
	return made;
}

int main(int argc, char *argv[])
{
	char path[4096], *folder = dirname(argv[0]);
	void *slots[LIVE] = {NULL};

	for (unsigned i = 0; i < MODULES; i++) {
		snprintf(path, sizeof(path), "%s/parts/lib%u.so", folder, i);
		void *library = dlopen(path, RTLD_NOW);
		void *symbol = library ? dlsym(library, "module_call") : NULL;

		if (!symbol)
			return 1;
		*(void **)&calls[i] = symbol;
	}
	for (uint64_t left = work_size(argc, argv, 2000000); left > 0; left--) {
		free(slots[left % LIVE]);
		/* 4,096 paths. */
		slots[left % LIVE] = hop(8, (left * 2654435761u) & 4095);
	}
	return 0;
}
