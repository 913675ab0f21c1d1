/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_FAMILY_H
#define TRACER_COLLECT_RINGS_FAMILY_H
/*
 * What all images of one run share: a catalog, its writers' lock, and the names thread.
 * So each place in the code is named once, and equal stacks of different processes are
 * the same trace.
 */
#include <pthread.h>
#include <stdbool.h>
#include "tracer/collect/names/symbolize.h"
#include "tracer/heap/catalog/catalog.h"
#include "tracer/heap/live/memory.h"

struct family {
	struct catalog *catalog;
	pthread_mutex_t lock;           /* protects the catalog's writers */
	struct symbolizer *symbolizer;
	uint64_t images;                /* number of images so far; they are numbered from
					 * 1 */
	struct heap_budget budget;      /* for all models: half of the machine's memory */
	struct worker *prefault;        /* finds pages for all models; NULL: there is none */
};

/* The texts are borrowed.  NULL: out of memory, or the thread could not be started. */
struct family *family_new(const char *const *source_maps, const char *wrappers);
/* To be called after all images were freed.  NULL is allowed. */
void family_free(struct family *family);

#endif
