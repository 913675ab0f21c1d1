/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_PAGES_H
#define TRACER_COLLECT_RINGS_PAGES_H
/*
 * Memory for one table that grows at its end: a reserved range of addresses, much longer
 * than the table, whose front is used.  Growing does not touch what is there; large
 * tables get huge pages.
 */
#include "tracer/ground/threads/prefault.h"
#include "tracer/heap/live/memory.h"

/* Zero-initialise; the range can hold one piece of memory. */
struct pages {
	char *base;
	size_t reserved;                /* bytes of addresses; */
	size_t open;                    /* so many at the front may be read and written, */
	size_t found;                   /* and pages were looked for up to here */
	struct prefault prefault;
};

/* The functions by which one model gets its memory from `pages`.  `budget` is borrowed;
 * NULL: no limit.  So is the worker that finds pages for what comes next; NULL: nobody. */
struct heap_memory pages_memory(struct pages *pages, struct heap_budget *budget,
				struct worker *prefault);

#endif
