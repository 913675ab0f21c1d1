/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_MIRROR_H
#define TRACER_COLLECT_RINGS_MIRROR_H
/*
 * The tracer's tables copied into the catalog, entry by entry, when an event
 * first names them: nothing in the segment is believed, and nothing there is
 * read twice.  The first image's sites and traces keep their numbers; those of
 * the others are found in the catalog, or added.  Used by the reader's thread alone.
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
	pthread_mutex_t *lock;          /* around the catalog's writers */
	struct symbolizer *symbolizer;  /* told of sites; borrowed */
	struct symbolizer_space *space; /* told of modules; borrowed */
	uint32_t max_traces;
	uint32_t nframe;                /* the most that any of its stacks is shown with */
	bool own_ids;                   /* the catalog's ids are this image's */
};

/* NULL: out of memory. */
struct mirror *mirror_new(const struct mirror_options *options);
void mirror_free(struct mirror *mirror);

/* mirror_event for a trace that is met for the first time, or whose newest frames found
 * no room in the tracer's table: that becomes a trace of its own. */
bool mirror_meet(struct mirror *mirror, struct wire_event *event);
/* The module at an address of the image's code: of the file `path`, or (NULL: nobody
 * knows what is mapped) the only one that ever stood there.  {0}: not known. */
struct module_id mirror_module_at(struct mirror *mirror, uint64_t address, const char *path);
/* What is known of `limit` traces. */
struct mirror_known {
	const uint64_t *bits;           /* one each */
	const uint32_t *ids;            /* the catalog's; NULL: the same */
	uint32_t limit;
};
const struct mirror_known *mirror_known(const struct mirror *mirror);

/* Makes sure that the catalog knows the trace of an ACQUIRE and puts its id there.
 * False: nonsense (no such entry, a cycle, out of memory): it stands under the root. */
static inline bool mirror_event(struct mirror *mirror, struct wire_event *event)
{
	const struct mirror_known *known = mirror_known(mirror);
	uint32_t trace = wire_event_trace(event);
	bool there = trace < known->limit && (known->bits[trace / 64] >> (trace % 64) & 1);

	if (__builtin_expect(!there, 0))
		return mirror_meet(mirror, event);
	if (known->ids)
		wire_event_set_trace(event, known->ids[trace]);
	return true;
}

#endif
