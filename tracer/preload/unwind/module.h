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
	uintptr_t start, end;           /* of all its segments; gaps may lie between them */
	uintptr_t bias;                 /* address - bias = the file's p_vaddr */
	uintptr_t eh_header;            /* .eh_frame_hdr, or 0 */
	struct headers headers;         /* none: only its name is known */
	const struct link_map *map;     /* NULL if the loader was not asked */
};

/* Makes entry 0 of the module table.  `by_maps`: never ask the loader (tests). */
void module_start(int by_maps);

/* The same for another segment, in a forked child. */
void module_restart(void);

/* The module that has pc in one of its segments: 0, or -ENOENT if there is none.
 * `text`: working space. */
int module_find(uintptr_t pc, char text[MAPS_TEXT], struct module_object *object);

/* The object's index in the segment, published; 0 if the tables are full.
 * `generation` names the set of loaded modules: an answer is remembered under it. */
uint32_t module_index(const struct module_object *object, uint32_t generation,
		      char text[MAPS_TEXT]);

/* What cfi.c may read of the object. */
void module_cfi(const struct module_object *object, struct cfi_object *cfi);

#endif
