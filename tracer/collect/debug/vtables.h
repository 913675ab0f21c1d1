/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_VTABLES_H
#define TRACER_COLLECT_DEBUG_VTABLES_H
/* The tables of virtual functions in a program's modules, by the symbols of their files:
 * `_ZTV4Node` is that of class 4Node (Itanium C++ ABI, 5.1.4.1). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vtables;

/* The mapping of a module's file with which it begins: others share pages of the file, so they
 * do not say alone where addresses of the file are. */
struct vtables_map {
	const char *path;               /* as the process names it */
	uint64_t start, end;
};

/* Files are looked for as process `pid` sees them, when they are first asked about; it may
 * have ended.  NULL: out of memory. */
struct vtables *vtables_new(int32_t pid);
void vtables_free(struct vtables *vtables);     /* NULL is allowed */

/* The mangled name of the class whose table has the word at an address of a module, at most
 * size - 1 bytes of it.  False: no symbol says so. */
bool vtables_class(struct vtables *vtables, const struct vtables_map *map, uint64_t address,
		   char *name, size_t size);

#endif
