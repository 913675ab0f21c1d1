/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_MAPS_H
#define TRACER_PRELOAD_BASE_MAPS_H
/*
 * /proc/self/maps by raw system calls: what the loader does not say.
 */
#include <stdbool.h>
#include <stdint.h>

#define MAPS_TEXT 4096                  /* bytes of working space, and of a path at most */

struct maps_file {
	/* The nearest address below at which the file's first page is mapped; 0: there is
	 * none. */
	uintptr_t header;
	uint32_t path_length;
};

/* The file mapped at `address`; its path, "[vdso]" or the like goes to `text`,
 * MAPS_TEXT bytes, not terminated.  0, -ENOENT for anonymous memory and gaps,
 * or the -errno of reading. */
int maps_find(uintptr_t address, char *text, struct maps_file *file);

/* The mapping that holds the address, if code may run in it, with or without a file.  0;
 * -ENOENT if not, or the -errno of reading. */
int maps_executable(uintptr_t address, uintptr_t *start, uintptr_t *end);

/* A mapping of a file, or the kernel's own. */
struct maps_piece {
	uintptr_t start, end;
	bool readable;
	bool python;                    /* the file's path says so */
};

/* Calls seen(user, piece) for each.  0, or the -errno of reading. */
int maps_each(void (*seen)(void *user, const struct maps_piece *piece), void *user);

#endif
