/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_READER_LOOK_H
#define TRACER_COLLECT_RINGS_READER_LOOK_H
/* What a process holds, for a look at its heap (share/doc/HEAP.md). */
#include "tracer/collect/rings/reader.h"
#include "tracer/heap/blocks.h"

/* Functions that are shown what a process holds (reader_look), in the reader's thread. */
struct reader_sight {
	/* `show` gets each live block; before them `moving` (may be NULL) gets the old
	 * block of each realloc that has begun and not ended yet.  A result other than 0
	 * ends the look. */
	int (*show)(void *user, const struct model_block *block);
	int (*moving)(void *user, uint64_t address, uint64_t size);
	/* Gets what the program mapped itself, as far as that is recorded (--mmap), by
	 * address, before the blocks.  May be NULL. */
	int (*mapped)(void *user, const struct model_mapping *mapping);
	/* If this is not NULL, the process is running: its rings are read as far as they
	 * reach now, and in place of `moving` this gets the memory in which blocks ended
	 * or began since reader_watch_stirred (tracer/heap/live/stirred.h).  NULL: the
	 * process is stopped. */
	int (*stirred)(void *user, uint64_t address, uint64_t size);
	/* Asked again and again before anything is read: 0 as long as the process has not
	 * stopped yet; -errno ends the look.  So the reader is there already when it stops,
	 * which then need not wait until the reader gets a processor.  May be NULL. */
	int (*standing)(void *user);
	/* Called before the first block: what will be shown does not change any more, so
	 * the process may continue.  May be NULL. */
	void (*settled)(void *user);
	/* Called after the last block.  May be NULL. */
	void (*shown)(void *user, const struct model *model,
		      const struct snapshot *snapshot);
	void *user;
};

/* For a caller that has stopped all threads of a process, or does so meanwhile: reads its rings to their end
 * and shows each live block, in the reader's thread, and waits for that.  If *snapshot is
 * asked for, it becomes the state of the process then, with one reference and a tick of
 * the history. 0; -ESRCH: no such process lives; -EAGAIN: its rings do not come to an
 * end; -ENOMEM; or what a function of `sight` returned, and then there is no snapshot. */
int reader_look(struct reader *reader, uint32_t process, const struct reader_sight *sight,
		struct snapshot **snapshot);

/* For a process that is to be looked at while it runs: from now on the memory in which
 * blocks begin and end is noted, or no longer. */
void reader_watch_stirred(struct reader *reader, uint32_t process, bool on);

#endif
