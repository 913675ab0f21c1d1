/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_MODULE_H
#define TRACER_PRELOAD_UNWIND_MODULE_H
/*
 * From a code address to the module that holds it, and from a module to its
 * index in the segment: one index for each (path, build-id), whatever address
 * it is loaded at and however often.  Everything here is the cold side: a code
 * address comes by once and its site is remembered.
 */
#include <stdint.h>

#include "tracer/preload/unwind/cfi.h"
#include "tracer/preload/unwind/headers.h"

struct link_map;

struct module_object {
	/* The span of all its segments, between which there may be gaps. */
	uintptr_t start, end;
	uintptr_t bias;                 /* address - bias = the file's p_vaddr */
	uintptr_t eh_header;            /* .eh_frame_hdr, or 0 */
	/* Without headers only the module's name is known. */
	struct headers headers;
	const struct link_map *map;     /* NULL if the loader was not asked */
};

/* Makes entry 0 of the module table.  `by_maps`: tests only, the loader is never
 * asked. */
void module_start(int by_maps);

/* The same in a forked child, which has another segment. */
void module_restart(void);

/* Finds the module that has pc in one of its segments: 0, or -ENOENT if there is none.
 * `text` is working space. */
int module_find(uintptr_t pc, char text[MAPS_TEXT], struct module_object *object);

/* The object's index in the segment, published; 0 if the tables are full.
 * `generation` names the set of loaded modules: an answer is remembered under it. */
uint32_t module_index(const struct module_object *object, uint32_t generation,
		      char text[MAPS_TEXT]);

/* Lists what cfi.c may read of the object. */
void module_cfi(const struct module_object *object, struct cfi_object *cfi);

#endif
