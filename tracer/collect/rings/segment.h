/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_SEGMENT_H
#define TRACER_COLLECT_RINGS_SEGMENT_H
/*
 * The segment of one traced image, from memtop's side: a sealed sparse memfd, mapped as a
 * whole, whose pages are allocated before the tracer needs them.  Everything in it may be
 * nonsense, so the getters check every index.
 */
#include <stdbool.h>
#include "tracer/collect/error.h"
#include "tracer/ground/threads/worker.h"
#include "tracer/wire/ring.h"
#include "tracer/wire/wire.h"

struct segment;

struct segment_options {
	uint32_t nframe, max_traces;
	bool drop, referee;
	bool maps;                      /* --mmap */
	uint64_t image;                 /* control->image */
	uint32_t python_nframe;         /* nframe for an image that has Python */
	uint8_t python;                 /* enum wire_python_mode */
	uint64_t sample;                /* --sample, bytes; 0: off */
	uint64_t sample_seed;           /* 0: a random one; other values for tests */
	bool look_at_end;               /* the tracer waits for a look before the process
					 * ends */
	int32_t pid;                    /* the target's: rings grow with the number of its
					 * threads */
	struct worker *prefault;        /* finds pages for the nodes of many stacks; NULL:
					 * nobody; borrowed */
};

/* A new segment with its first pages allocated.  -1 with *error (125): out of memory, or
 * memtop's own limits (RLIMIT_FSIZE, RLIMIT_AS) are too low. */
int segment_create(struct segment **out, const struct segment_options *options,
		   struct error *error);
/* Whether memtop's own limits leave room for a segment.  Like segment_create it allocates
 * one. */
int segment_try(const struct segment_options *options, struct error *error);
/* Unmaps and closes it; what the target has mapped stays mapped there. */
void segment_free(struct segment *segment);

/* The memfd, to be sent to the target. */
int segment_fd(const struct segment *segment);
struct wire_control *segment_control(const struct segment *segment);

/* Registers `segment` in the calling thread's robust list: when the thread ends, for
 * whatever reason, control->owner becomes WIRE_OWNER_DIED.  To be called once for each
 * thread and segment; segment_disown must be called before segment_free, by the same
 * thread. */
void segment_own(struct segment *segment);
void segment_disown(struct segment *segment);

/* Allocates pages before the tracer needs them; cheap if there is nothing to do.  False:
 * out of memory (the tracer then drops events and counts them). */
bool segment_grow(struct segment *segment);

/* The number of rings that were ever claimed, at most those allocated. */
uint32_t segment_rings(const struct segment *segment);
struct wire_ring *segment_ring(const struct segment *segment, uint32_t index);

/* An entry of a table; 0 for an index beyond what is allocated. */
uint64_t segment_site(const struct segment *segment, uint32_t index);
uint64_t segment_node(const struct segment *segment, uint32_t index);
/* Copies a published module.  Its path is `length` bytes at *path, inside the segment,
 * where it may change at any time: copy it, then check the copy.  False: not published,
 * or nonsense. */
bool segment_module(const struct segment *segment, uint32_t index, struct wire_module *module,
		    const char **path);

/* `length` bytes in the segment, which may change at any time (copy them, then check the
 * copy), or NULL. */
const void *segment_blob(const struct segment *segment, uint64_t offset, uint64_t length);

/* The number of bytes that texts can take. */
uint64_t segment_blobs(const struct segment *segment);

/* Whether a tracer has begun to use the segment: it starts the clock last. */
bool segment_born(const struct segment *segment);

/* Ticks since the tracer's stamp_base, by the clock that the tracer chose. */
uint64_t segment_ticks(struct segment *segment);

#endif
