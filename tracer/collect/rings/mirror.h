/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_MIRROR_H
#define TRACER_COLLECT_RINGS_MIRROR_H
/*
 * Copies the tracer's tables into the catalog, entry by entry, when an event first refers
 * to one.  Nothing in the segment is trusted, and nothing there is read twice.  The sites
 * and traces of the first image keep their numbers; those of the others are found in the
 * catalog, or added to it.  For the reader's thread alone.
 */
#include <pthread.h>
#include <stdbool.h>
#include "tracer/collect/rings/segment.h"
#include "tracer/collect/names/symbolize.h"
#include "tracer/heap/catalog/catalog.h"

struct mirror;

struct mirror_options {
	struct segment *segment;        /* borrowed */
	struct catalog *catalog;        /* borrowed */
	pthread_mutex_t *lock;          /* protects the catalog's writers */
	struct symbolizer *symbolizer;  /* is told of new sites; borrowed */
	struct symbolizer_space *space; /* is told of new modules; borrowed */
	uint32_t max_traces;
	uint32_t nframe;                /* maximum number of frames shown of any of its
					 * stacks */
	bool own_ids;                   /* the ids in the catalog are this image's own */
};

/* NULL: out of memory. */
struct mirror *mirror_new(const struct mirror_options *options);
void mirror_free(struct mirror *mirror);

/* As mirror_event, for a trace that comes for the first time, or whose newest frames
 * found no room in the tracer's table, upon which it becomes a trace of its own. */
bool mirror_meet(struct mirror *mirror, struct wire_event *event);
/* The module at an address of the image's code: the one of the file `path`, or if path is
 * NULL, since the mappings are not known, the only one that was ever at that address.
 * {0}: not known. */
struct module_id mirror_module_at(struct mirror *mirror, uint64_t address, const char *path);
/* What is known of the first `limit` traces. */
struct mirror_known {
	const uint64_t *bits;           /* one bit for each trace */
	const uint32_t *ids;            /* in the catalog; NULL: the same numbers */
	uint32_t limit;
};
const struct mirror_known *mirror_known(const struct mirror *mirror);

/* Makes sure that the catalog knows the trace of an ACQUIRE, and replaces it by its id
 * there; `known` is what mirror_known returned.  False: nonsense (no such entry, a cycle)
 * or out of memory; the event is put under the root then. */
static inline bool mirror_event(struct mirror *mirror, const struct mirror_known *known,
				struct wire_event *event)
{
	uint32_t trace = wire_event_trace(event);
	bool there = trace < known->limit && (known->bits[trace / 64] >> (trace % 64) & 1);

	if (__builtin_expect(!there, 0))
		return mirror_meet(mirror, event);
	if (known->ids)
		wire_event_set_trace(event, known->ids[trace]);
	return true;
}

#endif
