/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_LOADER_H
#define TRACER_PRELOAD_BASE_LOADER_H
/* The loader's index of modules, which takes no lock: glibc 2.35's (its manual, "Dynamic
 * Linker Introspection").  Weak: `_dl_find_object` is NULL in an older one. */
#include <dlfcn.h>
#include <link.h>

#ifndef DLFO_STRUCT_HAS_EH_DBASE        /* older headers lack these members, which x86-64
					 * has */
struct dl_find_object {
	__extension__ unsigned long long dlfo_flags;
	void *dlfo_map_start, *dlfo_map_end;
	struct link_map *dlfo_link_map;
	void *dlfo_eh_frame;
	__extension__ unsigned long long __dlfo_reserved[7];
};
extern int _dl_find_object(void *address, struct dl_find_object *found);
#endif
#pragma weak _dl_find_object

#endif
