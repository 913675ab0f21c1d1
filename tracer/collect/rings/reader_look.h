/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_READER_LOOK_H
#define TRACER_COLLECT_RINGS_READER_LOOK_H
/* What a process holds, for a look at its heap (share/doc/HEAP.md). */
#include "tracer/collect/rings/reader.h"
#include "tracer/heap/blocks.h"

/* Who is shown what a process holds (reader_look), in the reader's thread. */
struct reader_sight {
	/* Each live block, and before those what reallocs that are under way have taken
	 * away and not brought yet (may be NULL).  What they return other than 0 ends
	 * it. */
	int (*show)(void *user, const struct model_block *block);
	int (*moving)(void *user, uint64_t address, uint64_t size);
	/* The process runs: its rings are read as far as they reach now, and instead of
	 * `moving` comes the memory that blocks have left or begun in since
	 * reader_watch_stirred (tracer/heap/live/stirred.h).  NULL: it stands. */
	int (*stirred)(void *user, uint64_t address, uint64_t size);
	/* Before the first block: what is shown is settled, and the process may go on;
	 * may be NULL. */
	void (*settled)(void *user);
	/* Behind the last block; may be NULL. */
	void (*shown)(void *user, const struct model *model,
		      const struct snapshot *snapshot);
	void *user;
};

/* For whoever has stopped all threads of a process: reads its rings to their end and
 * shows each live block, in the reader's thread, which waits for that.  *snapshot: if
 * it is asked for, the process as it is then, whose reference is the caller's; it has
 * a tick of the history.  0, -ESRCH: no such process lives; -EAGAIN: its rings do not
 * come to an end; -ENOMEM, or what the functions of `sight` returned, and no snapshot. */
int reader_look(struct reader *reader, uint32_t process, const struct reader_sight *sight,
		struct snapshot **snapshot);

/* Of a process that is to be looked at while it runs: where its blocks begin and end is
 * noted from now on, or no longer. */
void reader_watch_stirred(struct reader *reader, uint32_t process, bool on);

#endif
