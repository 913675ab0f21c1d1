/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_MEMORY_H
#define TRACER_COLLECT_LOOK_MEMORY_H
/*
 * The memory of a process by address: what was copied; and code and constants of its
 * modules, which are read page by page as they are asked for, while the process runs on.
 *
 * This allocates nothing in the process: a page that is not in its memory comes from the
 * file. (A page that was written to, as relocated tables are, is in memory or swapped.)
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/look/layout.h"

struct memory;

/* Both are borrowed; `tid`: a thread of the process.  NULL: out of memory. */
struct memory *memory_new(const struct layout *layout, unsigned char *copy,
			  int32_t pid, int32_t tid);
void memory_free(struct memory *memory);

/* As in struct types_memory; `user` is the struct memory. */
bool memory_read(void *user, uint64_t address, void *to, size_t length);
bool memory_in_module(void *user, uint64_t address);
bool memory_vtable(void *user, uint64_t address, char *name, size_t size);
bool memory_data(void *user, const char *name, uint64_t *from, uint64_t *end);
/* Sets a copied word to 0, so that it holds nothing; words that were not copied stay. */
void memory_clear(struct memory *memory, uint64_t address);

#endif
