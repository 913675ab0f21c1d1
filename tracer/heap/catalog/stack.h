/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_STACK_H
#define TRACER_HEAP_CATALOG_STACK_H
/* What is known of a stack besides its frames. */
#include <stdbool.h>
#include "tracer/heap/catalog/catalog.h"

/* Why frames of a stack are missing.  `more`: it has frames that were not asked for. */
enum cut stack_cut(const struct catalog *catalog, struct trace_id trace, bool more);

/* "+0x1234" into a small buffer. */
void stack_offset_name(uint64_t offset, char name[24]);

#endif
