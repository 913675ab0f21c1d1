/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_PAGES_H
#define TRACER_COLLECT_RINGS_PAGES_H
/*
 * Memory for one table that grows at its end: a range of addresses set aside,
 * much longer than the table, of which the front is used.  Growing touches
 * nothing that is there; what is large is asked for in huge pages.
 */
#include "tracer/heap/live/memory.h"

/* Zero-initialise; the table's memory is the only piece. */
struct pages {
	char *base;
	size_t reserved;                /* bytes of addresses */
};

/* Memory of `pages`, for one model; `budget`: borrowed, NULL: no end. */
struct heap_memory pages_memory(struct pages *pages, struct heap_budget *budget);

#endif
