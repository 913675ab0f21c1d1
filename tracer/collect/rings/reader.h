/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_READER_H
#define TRACER_COLLECT_RINGS_READER_H
/*
 * The reader's thread: reads the rings of all images in turn into their models, and does
 * nothing else.  Other threads ask it for frozen moments; it answers between two rounds.
 * `process` is a process's index in the program's list + 1; 0: all.
 */
#include "tracer/collect/rings/image.h"
#include "tracer/heap/catalog/program.h"

struct reader;

struct reader_status {
	struct totals totals;           /* of all processes: see reader_images.c on their
					 * peak */
	struct unknown_frees unknown;   /* who made totals.unknown_frees */
	bool live;                      /* an image is being read */
	size_t rows;                    /* the number that a snapshot needs at most */
	struct image_counts counts;
};

struct reader_ops {
	/* The figures have changed; called at most 20 times a second. */
	void (*changed)(void *user);
	/* A process has ended, and everything about it is read and named.  The image may
	 * be frozen here; it is freed afterwards. */
	void (*ended)(void *user, struct image *image);
	/* Whether the child of a fork (its pid as the parent sees it; 0: not known) will
	 * not come any more, because it has ended or become another program. */
	bool (*gone)(void *user, const struct image *parent, int32_t pid);
	/* What changed in an image up to a tick of the history; the arrays are taken
	 * over.  NULL: there is no history. */
	void (*news)(void *user, const struct image *image, struct history_news *news);
	double (*now)(void *user);      /* seconds since the run began; NULL: births are
					 * not recorded */
};

/* All functions are called in the reader's thread.  NULL: the thread could not be
 * started. */
struct reader *reader_new(const struct reader_ops *ops, void *user);

/* Reads this image from now on.  The model of a forked child begins with the blocks that
 * image number `parent` (0: none) had at its fork `fork` (0: has now).  Returns once the
 * reader has registered the segment's owner word; the fd may be sent after that.  False:
 * out of memory, and the image still belongs to the caller. */
bool reader_take(struct reader *reader, struct image *image, uint64_t parent, uint64_t fork);
/* The process has ended: what is left is read, then ops->ended is called.  `discard`:
 * another image replaces this one, whose figures are dropped. */
void reader_end(struct reader *reader, uint32_t process, bool discard);
/* The run has ended: reads all that is left and returns afterwards.  What the last ticks
 * tell comes behind the moments that are asked for then. */
void reader_finish(struct reader *reader);
/* Returns when nothing of that is left to tell; at once while the run goes on. */
void reader_told(struct reader *reader);

/* Returns when all that was written before the call has been read. */
void reader_catch_up(struct reader *reader);

/* The living process other than `but` that holds most now, if it holds at least
 * `bytes`. */
struct heavier reader_heavier(struct reader *reader, uint32_t but, uint64_t bytes);
/* Calls ops->gone in the reader's thread for each forked child that has not said hello,
 * and waits for that. */
void reader_forks(struct reader *reader);

/* Freezes a moment between two rounds and waits for it (some ms).  Not in the reader's
 * thread.  NULL: there is no such process. */
struct snapshot *reader_freeze(struct reader *reader, uint32_t process, enum moment_kind kind);
/* The same for all images, in an array from malloc; NULL: there are none. */
struct snapshot **reader_freeze_all(struct reader *reader, enum moment_kind kind, size_t *length);
/* The exit and the peak at once, in this order. */
void reader_freeze_ends(struct reader *reader, struct snapshot **all[2], size_t length[2]);
/* A part (parts.h) of a process at its own peak.  NULL: there is none. */
struct snapshot *reader_part(struct reader *reader, uint32_t process, unsigned part);
/* While this is on for anybody, what a process leaves at its end is not handed over
 * (ops->ended), but for what is under way until the reader next answers.  So whoever freezes
 * all, and then asks what was handed over, has each process in one of both. */
void reader_keep_ended(struct reader *reader, bool on);
void reader_reset_peak(struct reader *reader);
/* Makes a tick of the history now, in all images, that is kept for a reason.  Returns its
 * time, or 0 if there is no history. */
double reader_tick(struct reader *reader, enum history_why why);
/* The same for one image, in the reader's own thread. */
double reader_tick_here(struct reader *reader, struct image *image, enum history_why why);
/* From now on frozen live moments of at most so many rows have curves (0: none).  Does
 * not wait. */
void reader_grows(struct reader *reader, uint32_t rows);
/* False: there is no such process (any more). */
bool reader_status(struct reader *reader, uint32_t process, struct reader_status *status);

/* Answers a call of a program that live_call postponed (DRAIN_LATER); `image` is the
 * image's number. */
void reader_answer(struct reader *reader, uint64_t image, struct drain_caller caller, int status,
		   const uint64_t value[2], const char *text);

/* Runs `with` on all images while none can be removed.  It may use their control pages
 * and identities. */
void reader_each(struct reader *reader, void (*with)(struct image *image, void *user),
		 void *user);
/* Live threads of the target: copies at most `max` and returns how many. */
struct reader_thread {
	int32_t pid, tid;
	struct thread_id id;
};
size_t reader_threads(struct reader *reader, struct reader_thread *threads, size_t max);

/* Shows tracers that the reader is alive while it can't read; in its own thread. */
void reader_beat(struct reader *reader);

/* Ends the thread and frees its images. */
void reader_free(struct reader *reader);

#endif
