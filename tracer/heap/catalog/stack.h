/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_STACK_H
#define TRACER_HEAP_CATALOG_STACK_H
/*
 * A trace as the list of frames that people read: newest first, inlines
 * expanded, cut to the newest `nframe`.  A site without names yet is one frame
 * with the module's path as file, line 0 and "+0xOFFSET" as function.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tracer/heap/catalog/catalog.h"

/* Writes at most `max` frames, newest first; returns how many it wrote.
 * *cut (may be NULL) is why there are more. */
size_t stack_frames(const struct catalog *catalog, struct trace_id trace, struct frame *frames,
		    size_t max, enum cut *cut);
/* Why a stack of which `more` than `max` frames were found is cut. */
enum cut stack_cut(const struct catalog *catalog, struct trace_id trace, bool more);

/* "+0x1234" into a small buffer. */
void stack_offset_name(uint64_t offset, char name[24]);

#endif
