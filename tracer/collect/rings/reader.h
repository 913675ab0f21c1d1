/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_READER_H
#define TRACER_COLLECT_RINGS_READER_H
/*
 * The reader's thread: rings to models, nothing else, of all images in turn.
 * Other threads ask it for frozen moments; it answers between two rounds.
 * `process` names an image by its place in the program's list + 1; 0: all.
 */
#include "tracer/collect/rings/image.h"
#include "tracer/heap/catalog/program.h"

struct reader;

struct reader_status {
	struct totals totals;           /* of all: see reader_images.c on their peak */
	struct unknown_frees unknown;   /* by whom, of totals.unknown_frees */
	bool live;                      /* an image is being read */
	size_t rows;                    /* that a snapshot needs at most */
	struct image_counts counts;
};

struct reader_ops {
	/* The figures moved; at most 20 times a second. */
	void (*changed)(void *user);
	/* A process has ended and everything about it is read and known; the image
	 * may be frozen here, and is let go afterwards. */
	void (*ended)(void *user, struct image *image);
	/* Its child in a fork, as the parent sees it (0: not known), will not come:
	 * it has ended or become another program. */
	bool (*gone)(void *user, const struct image *parent, int32_t pid);
	/* What changed in an image up to a tick of the history, whose arrays are taken
	 * over. NULL: there is no history. */
	void (*news)(void *user, const struct image *image, struct history_news *news);
	double (*now)(void *user);      /* seconds since the run began; NULL: blocks have
					 * no time of birth */
};

/* All are called in the reader's thread.  NULL: no thread. */
struct reader *reader_new(const struct reader_ops *ops, void *user);

/* From now on this image is read.  A forked child's begins with the blocks of
 * image number `parent` (0: none) at its fork `fork` (0: now).  Waits until the
 * reader has registered the segment's owner word: the fd may be sent after
 * that.  False: out of memory; the image is the caller's still. */
bool reader_take(struct reader *reader, struct image *image, uint64_t parent, uint64_t fork);
/* The process has ended: the rest is read, then ops->ended is called.  `discard`:
 * another image takes its place, and this one's figures go. */
void reader_end(struct reader *reader, uint32_t process, bool discard);
/* The run has ended: reads what is left of all and returns when all is read. */
void reader_finish(struct reader *reader);

/* The living process that holds the most now, but for one: at least `bytes`. */
struct heavier reader_heavier(struct reader *reader, uint32_t but, uint64_t bytes);
/* Calls ops->gone for each forked child that has not come, in the reader's thread, and
 * waits for that. */
void reader_forks(struct reader *reader);

/* Any thread but the reader's: waits for the end of the round (ms).  NULL: no such. */
struct snapshot *reader_freeze(struct reader *reader, uint32_t process, enum moment_kind kind);
/* Of all that there are, in a malloced array; NULL: none. */
struct snapshot **reader_freeze_all(struct reader *reader, enum moment_kind kind, size_t *length);
/* A part (parts.h) of a process at its own peak; NULL: nothing to be had. */
struct snapshot *reader_part(struct reader *reader, uint32_t process, unsigned part);
void reader_reset_peak(struct reader *reader);
/* A tick of the history now, of all images, that is kept for a reason; its time, which is
 * 0 where there is no history. */
double reader_tick(struct reader *reader, enum history_why why);
/* The same of one image, in the reader's own thread. */
double reader_tick_here(struct reader *reader, struct image *image, enum history_why why);
/* From now on frozen live moments have the curves of their rows, or not.  Waits for
 * nobody. */
void reader_grows(struct reader *reader, uint32_t rows);
/* False: no such process (any more). */
bool reader_status(struct reader *reader, uint32_t process, struct reader_status *status);

/* Answers a program's call that live_call put off (DRAIN_LATER), of image number
 * `image`. */
void reader_answer(struct reader *reader, uint64_t image, struct drain_caller caller, int status,
		   const uint64_t value[2], const char *text);

/* Runs `with` on the images while they cannot be taken away.  It may use control
 * page and identity. */
void reader_each(struct reader *reader, void (*with)(struct image *image, void *user),
		 void *user);
/* Live threads of the target: copies at most `max`; how many. */
struct reader_thread {
	int32_t pid, tid;
	struct thread_id id;
};
size_t reader_threads(struct reader *reader, struct reader_thread *threads, size_t max);

/* The reader's own thread, while nothing can be read: it lives. */
void reader_beat(struct reader *reader);

/* Ends the thread and frees its images. */
void reader_free(struct reader *reader);

#endif
