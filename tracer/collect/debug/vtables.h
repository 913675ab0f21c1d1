/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_VTABLES_H
#define TRACER_COLLECT_DEBUG_VTABLES_H
/* Virtual function tables in a program's modules, by the symbols of their files:
 * `_ZTV4Node` is the table of class 4Node (Itanium C++ ABI, 5.1.4.1). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vtables;

/* The first mapping of a module's file.  It is needed because mappings share pages of the
 * file, so a later one does not tell alone where in the file an address is. */
struct vtables_map {
	const char *path;               /* as the process names it */
	uint64_t start, end;
};

/* Files are opened as process `pid` sees them, when they are first needed; it may have
 * ended.  NULL: out of memory. */
struct vtables *vtables_new(int32_t pid);
void vtables_free(struct vtables *vtables);     /* NULL is allowed */

/* Gives the mangled name of the class whose table contains the word at an address of a
 * module, at most size - 1 bytes of it.  False: no symbol tells. */
bool vtables_class(struct vtables *vtables, const struct vtables_map *map, uint64_t address,
		   char *name, size_t size);

#endif
