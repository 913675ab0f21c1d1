/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_IMAGE_H
#define TRACER_COLLECT_IMAGE_H
/*
 * One traced image (a process from exec to exec) and everything that belongs
 * to it: segment, catalog, model, the reader's state, its names thread.
 */
#include <pthread.h>
#include "tracer/collect/drain.h"
#include "tracer/collect/parts.h"
#include "tracer/collect/pages.h"

struct settled {
	uint32_t ticket;
	struct trace_id trace;
};

struct image {
	int32_t pid;                    /* in memtop's pid namespace */
	uint32_t nframe, python_nframe;
	struct segment *segment;
	struct catalog *catalog;
	pthread_mutex_t lock;           /* around the catalog's writers */
	struct pages pages;             /* of the model's live blocks */
	struct model *model;            /* the reader's */
	struct mirror *mirror;          /* the reader's */
	struct drain *drain;            /* the reader's */
	struct symbolizer *symbolizer;
	struct parts parts;
	pthread_mutex_t settled_lock;   /* around the three below */
	struct settled *settled;        /* from the names thread to the reader */
	size_t settled_length, settled_room;
	bool owned;                     /* the reader registered the segment as its own */
};

struct image_options {
	struct segment_options segment;
	int32_t pid;
	const char *const *source_maps;
	const char *wrappers;
	struct parts parts;
	int (*call)(void *user, struct drain_call *call);       /* see drain.h */
	void *user;
};

/* -1 with *error. */
int image_new(struct image **out, const struct image_options *options, struct error *error);
/* Ends the names thread.  The reader must not use the image any more; it has
 * disowned the segment. */
void image_free(struct image *image);

/* Reader: moves the blocks of irregular stacks to their traces. */
void image_settle(struct image *image);
/* Reader: a frozen moment; time, name and number are the caller's to fill.
 * NULL: out of memory. */
struct snapshot *image_freeze(struct image *image, enum moment_kind kind);
/* The same in *rows, see model_freeze_in. */
struct snapshot *image_freeze_in(struct image *image, enum moment_kind kind,
				 struct snapshot_row **rows, size_t room);
/* Reader: a part of the image's options at its own peak.  NULL: there is no
 * such part, or out of memory, now or while it was kept. */
struct snapshot *image_part(struct image *image, unsigned part);
/* The interpreter that the image has, major << 8 | minor; 0: none. */
unsigned image_python(const struct image *image);

/* Reader: waits until all stacks so far have their names, at most so long. */
void image_name(struct image *image, double seconds);
/* Reader: the program stops tracing, or goes on.  False: that changes nothing,
 * or memtop has stopped for good. */
bool image_pause(struct image *image, bool pause);
bool image_paused(const struct image *image);
/* Reader: totals with lost and truncated. */
void image_totals(const struct image *image, struct totals *totals);

#endif
