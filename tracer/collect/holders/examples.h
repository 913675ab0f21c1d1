/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_HOLDERS_EXAMPLES_H
#define TRACER_COLLECT_HOLDERS_EXAMPLES_H
/* Addresses of some blocks of each part, for a debugger: those that nobody holds come
 * before all others. */
#include "tracer/collect/holders/parts.h"
#include "tracer/heap/tally/look_held.h"

/* Adds examples to `held`, by part, state and address.  Call it after parts_find, which
 * made `types` and gave part_of.  0 or -ENOMEM. */
int examples_find(const struct graph *graph, const struct look_types *types,
		  const uint32_t *part_of, struct look_held *held);

#endif
