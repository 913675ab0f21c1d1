/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_FAMILY_H
#define TRACER_COLLECT_RINGS_FAMILY_H
/*
 * What all images of one run share: a catalog, its writers' lock, and the names
 * thread.  So each place in the code gets its names once, and equal stacks of
 * different processes are one trace.
 */
#include <pthread.h>
#include <stdbool.h>
#include "tracer/collect/names/symbolize.h"
#include "tracer/heap/catalog/catalog.h"
#include "tracer/heap/live/memory.h"

struct family {
	struct catalog *catalog;
	pthread_mutex_t lock;           /* around the catalog's writers */
	struct symbolizer *symbolizer;
	uint64_t images;                /* so far; each has a number from 1 */
	struct heap_budget budget;      /* of all models: half of the machine's memory */
};

/* Texts are borrowed.  NULL: out of memory or no thread. */
struct family *family_new(const char *const *source_maps, const char *wrappers);
/* After all images.  NULL is allowed. */
void family_free(struct family *family);

#endif
