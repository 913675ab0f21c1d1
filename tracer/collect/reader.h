/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_READER_H
#define TRACER_COLLECT_READER_H
/*
 * The reader's thread: rings to model, nothing else.  Other threads ask it for
 * frozen moments; it answers between two rounds.
 */
#include "tracer/collect/image.h"

struct reader;

struct reader_status {
	struct totals totals;
	bool live;                      /* an image is being read */
	size_t rows;                    /* that a snapshot needs at most */
	uint64_t tracer_bytes;          /* mapped by the tracer: privately and of the segment */
	uint64_t irregular;             /* stacks handed over as bytes */
	uint64_t referee_stacks, referee_wrong;
};

/* `changed(user)` is called in the reader's thread when the figures moved, at
 * most 20 times a second.  NULL: no thread. */
struct reader *reader_new(void (*changed)(void *user), void *user);

/* From now on this image is read.  The one before is read to its end and freed.
 * Waits until the reader has registered the segment's owner word: the fd may
 * be sent after that. */
void reader_take(struct reader *reader, struct image *image);
/* The target has ended: reads what is left and returns when all is read. */
void reader_finish(struct reader *reader);

/* Any thread but the reader's: waits for the end of the round (ms). */
struct snapshot *reader_freeze(struct reader *reader, enum moment_kind kind);
/* A part (parts.h) at its own peak; NULL: nothing to be had. */
struct snapshot *reader_part(struct reader *reader, unsigned part);
void reader_reset_peak(struct reader *reader);
void reader_status(struct reader *reader, struct reader_status *status);

/* The reader's own thread, in a drain call: the same, directly. */
struct image *reader_image(struct reader *reader);

/* Runs `with` on the present image while it cannot be taken away; not called
 * if there is none.  `with` may use symbolizer, catalog and control page. */
void reader_with_image(struct reader *reader, void (*with)(struct image *image, void *user),
		       void *user);
/* Live threads of the target: copies at most `max` pairs; how many. */
struct reader_thread {
	int32_t tid;
	struct thread_id id;
};
size_t reader_threads(struct reader *reader, struct reader_thread *threads, size_t max);

/* Ends the thread and frees its image. */
void reader_free(struct reader *reader);

#endif
