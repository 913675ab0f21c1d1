/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_RING_FULL_H
#define TRACER_PRELOAD_RING_FULL_H
/*
 * What becomes of events that find no room in their ring (--on-full=drop, or a reader
 * that has made no progress for two seconds).  Losing a beginning and losing an end are
 * not the same: a block whose end is lost looks like a leak.  So blocks with a lost event
 * get a mark, in a set of such `odd` blocks:
 *
 *	unseen	its beginning was lost, so its end is not reported either; otherwise the
 *		few slots that are left would go to ends of blocks unknown to memtop
 *	ended	it was recorded and has ended, which still has to be reported, by
 *		whichever thread has room first, and before another block at its address
 *
 * So what is lost for good is both events of a block, or, if there is no memory for the
 * set, an end, which is counted.
 */
#include "tracer/preload/ring/thread.h"
#include "tracer/preload/base/tracer.h"

enum full_mark { FULL_UNSEEN = 1, FULL_ENDED = 2 };

/* Whether any block has a mark: the only question on the hot path. */
static inline bool full_any(void)
{
	return __builtin_expect(atomic_load_explicit(&tracer.odd, memory_order_relaxed), 0);
}

/* How many blocks have ends that still have to be reported. */
uint32_t full_ended(void);

/* Counts `n` more events (or fewer) that the thread's ring could not take; NULL: no
 * thread's. */
void full_count(struct thread *thread, enum wire_loss loss, int n);

/* Marks a block.  False: out of memory (or it is a mapping, which may end in parts). */
bool full_mark(enum wire_domain domain, uintptr_t block, enum full_mark mark);
/* Removes the mark.  False: it had none, or another thread removed it first. */
bool full_unmark(enum wire_domain domain, uintptr_t block, enum full_mark mark);
bool full_has(enum wire_domain domain, uintptr_t block, enum full_mark mark);

/* Finds a block whose end still has to be reported.  False: this part of the set has
 * none. */
bool full_next_ended(enum wire_domain *domain, uintptr_t *block);

/* For a forked child, whose segment does not know the blocks whose ends would still be
 * reported. */
void full_inherit(void);

/* Removes all marks, since the next segment knows none of the blocks. */
void full_forget(void);

/* The beginning of a block is lost; the end of one is lost. */
void full_lose_begin(struct thread *thread, enum wire_domain domain, const void *block);
void full_lose_end(struct thread *thread, enum wire_domain domain, enum wire_kind kind,
		   const void *block);
/* Called at the end of a marked block.  True: that end need not be reported. */
bool full_swallows(struct thread *thread, enum wire_domain domain, enum wire_kind kind,
		   const void *block);

#endif
