/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_REMOTE_H
#define TRACER_COLLECT_NAMES_REMOTE_H
/* Irregular stacks are unwound from their copied bytes by libunwind's remote interface,
 * with the files that the target has mapped.  Names thread only. */
#include "tracer/collect/names/names.h"

struct remote;

/* Options and names are borrowed.  NULL: out of memory. */
struct remote *remote_new(const struct symbolizer_options *options, struct names *names,
			  int32_t pid);
int32_t remote_pid(const struct remote *remote);
void remote_free(struct remote *remote);

/* From now on [start, end) belongs to this module; overlapping ones are removed. */
void remote_map(struct remote *remote, struct module_id id, uint64_t start, uint64_t end,
		uint64_t bias);
/* Reads the target's own list of mappings, for modules that no record reported.  Later
 * calls add to what is known. */
void remote_read_maps(struct remote *remote);
/* Called once, while the target waits: reads the mappings and keeps the files open. */
void remote_begin(struct remote *remote);

/* The trace of a stack; `bytes`: the size of all of it, header included.  Each of its
 * sites is passed to `wish`, which must take no lock that the catalog's owner holds. */
struct trace_id remote_trace(struct remote *remote, const struct wire_stack *stack,
			     size_t bytes, void (*wish)(void *user, struct site_id id),
			     void *user);

#endif
