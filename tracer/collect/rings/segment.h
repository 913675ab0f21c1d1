/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_SEGMENT_H
#define TRACER_COLLECT_RINGS_SEGMENT_H
/*
 * The segment of one traced image, from memtop's side: a sealed sparse memfd,
 * mapped whole, of which pages are allocated ahead of the tracer's use.
 * Everything in it may be nonsense: the getters check every index.
 */
#include <stdbool.h>
#include "tracer/collect/error.h"
#include "tracer/wire/ring.h"
#include "tracer/wire/wire.h"

struct segment;

struct segment_options {
	uint32_t nframe, max_traces;
	bool drop, referee;
	bool maps;                      /* --mmap */
	uint64_t image;                 /* control->image */
	uint32_t python_nframe;         /* nframe of an image that has Python */
	uint8_t python;                 /* enum wire_python_mode */
	uint64_t sample;                /* --sample, bytes; 0: off */
	uint64_t sample_seed;           /* 0: a random one; others for tests */
	bool look_at_end;               /* the tracer waits for a look before the process ends */
	int32_t pid;                    /* of the target: rings grow with its threads */
};

/* A new segment, its first pages allocated.  -1 with *error (125): out of
 * memory, or memtop's own limits (RLIMIT_FSIZE, RLIMIT_AS) leave no room. */
int segment_create(struct segment **out, const struct segment_options *options,
		   struct error *error);
/* Whether memtop's own limits leave room for one: as segment_create, which allocates
 * as well. */
int segment_try(const struct segment_options *options, struct error *error);
/* Unmaps and closes; the target keeps what it has mapped. */
void segment_free(struct segment *segment);

/* The memfd, to be sent to the target. */
int segment_fd(const struct segment *segment);
struct wire_control *segment_control(const struct segment *segment);

/* Registers `segment` in this thread's robust list: when the thread ends, for
 * whatever reason, control->owner gets WIRE_OWNER_DIED.  Once per thread and
 * segment; segment_disown before segment_free, by the same thread. */
void segment_own(struct segment *segment);
void segment_disown(struct segment *segment);

/* Allocates ahead of what the tracer has used; cheap if there is nothing to
 * do.  False if memory could not be had (the tracer then drops and counts). */
bool segment_grow(struct segment *segment);

/* Rings that were ever claimed, at most what is allocated. */
uint32_t segment_rings(const struct segment *segment);
struct wire_ring *segment_ring(const struct segment *segment, uint32_t index);

/* Entries; 0 for an index beyond what is allocated. */
uint64_t segment_site(const struct segment *segment, uint32_t index);
uint64_t segment_node(const struct segment *segment, uint32_t index);
/* A copy of a published module: its path is `length` bytes at *path, inside
 * the segment (may change under the reader's eyes: copy, then check).  False:
 * not published, or nonsense. */
bool segment_module(const struct segment *segment, uint32_t index, struct wire_module *module,
		    const char **path);

/* `length` bytes in the segment (may change under the reader's eyes: copy, then
 * check), or NULL. */
const void *segment_blob(const struct segment *segment, uint64_t offset, uint64_t length);

/* Bytes of texts that there can be. */
uint64_t segment_blobs(const struct segment *segment);

/* A tracer began with it: the clock is the last that one starts. */
bool segment_born(const struct segment *segment);

/* Ticks since the tracer's stamp_base, by the clock that it chose. */
uint64_t segment_ticks(struct segment *segment);

#endif
