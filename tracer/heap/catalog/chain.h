/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_CHAIN_H
#define TRACER_HEAP_CATALOG_CHAIN_H
/* Traces that the tracer numbered, many at once: a new stack is several new nodes. */
#include "tracer/heap/catalog/catalog.h"

/* A node whose parent is that of the link behind it. */
struct trace_link {
	uint32_t trace, site;
};

struct chain_put {
	size_t left;                    /* links that were not put, those in front */
	int error;                      /* why; 0: all were */
};

/* (writer) As catalog_put_trace, for a chain whose newest trace comes first; the parent
 * of its last link is `parent`. */
struct chain_put catalog_put_chain(struct catalog *catalog, struct trace_id parent,
				   const struct trace_link *chain, size_t n);

#endif
