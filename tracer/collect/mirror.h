/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_MIRROR_H
#define TRACER_COLLECT_MIRROR_H
/*
 * The tracer's tables copied into the catalog, entry by entry, when an event
 * first names them: nothing in the segment is believed, and nothing there is
 * read twice.  Used by the reader's thread alone.
 */
#include <pthread.h>
#include <stdbool.h>
#include "tracer/collect/segment.h"
#include "tracer/collect/symbolize.h"
#include "tracer/heap/catalog.h"

struct mirror;

struct mirror_options {
	struct segment *segment;        /* borrowed */
	struct catalog *catalog;        /* borrowed */
	pthread_mutex_t *lock;          /* around the catalog's writers */
	struct symbolizer *symbolizer;  /* told of modules and sites; borrowed */
	uint32_t max_traces;
};

/* NULL: out of memory. */
struct mirror *mirror_new(const struct mirror_options *options);
void mirror_free(struct mirror *mirror);

bool mirror_learn(struct mirror *mirror, uint32_t trace);
/* The known traces, one bit each; `limit` of them. */
struct mirror_known {
	const uint64_t *bits;
	uint32_t limit;
};
const struct mirror_known *mirror_known(const struct mirror *mirror);

/* Makes sure that the catalog knows `trace`.  False: nonsense (no such entry,
 * a cycle, out of memory): the event belongs under the root. */
static inline bool mirror_trace(struct mirror *mirror, uint32_t trace)
{
	const struct mirror_known *known = mirror_known(mirror);
	if (trace < known->limit && (known->bits[trace / 64] >> (trace % 64) & 1))
		return true;
	return mirror_learn(mirror, trace);
}

#endif
