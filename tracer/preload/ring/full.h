/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_RING_FULL_H
#define TRACER_PRELOAD_RING_FULL_H
/*
 * What becomes of events that find no room in their ring (--on-full=drop, or a reader
 * that has stood still for two seconds).  A lost beginning and a lost end are not alike:
 * a block whose end is lost looks like a leak.  So the set of odd blocks says of each
 *
 *	unseen	its beginning was lost: its end is not told either, or the few slots
 *		that are left would go to ends of blocks that memtop does not know
 *	ended	it was recorded and has ended, which is still to be told, by whichever
 *		thread has room first, and before its address is told to begin again
 *
 * What is lost for good is then a pair, or, when there is no memory for the set, counted.
 */
#include "tracer/preload/ring/thread.h"
#include "tracer/preload/base/tracer.h"

enum full_mark { FULL_UNSEEN = 1, FULL_ENDED = 2 };

/* True if any block is odd.  This is the only question that the hot path asks. */
static inline bool full_any(void)
{
	return __builtin_expect(atomic_load_explicit(&tracer.odd, memory_order_relaxed), 0);
}

/* How many blocks have an end that is still to be told. */
uint32_t full_ended(void);

/* Counts `n` more events (or fewer) that the thread's ring could not take; NULL: no
 * thread's. */
void full_count(struct thread *thread, enum wire_loss loss, int n);

/* Marks a block; false: no memory (or a mapping, of which there can be parts). */
bool full_mark(enum wire_domain domain, uintptr_t block, enum full_mark mark);
/* Takes the mark away; false: it had none, or another thread was first. */
bool full_unmark(enum wire_domain domain, uintptr_t block, enum full_mark mark);
bool full_has(enum wire_domain domain, uintptr_t block, enum full_mark mark);

/* Finds a block whose end is still to be told.  False: this part of the set holds
 * none. */
bool full_next_ended(enum wire_domain *domain, uintptr_t *block);

/* In a forked child, whose segment has not heard of what is still to be told. */
void full_inherit(void);

/* No block is odd any more: the next segment knows none of them. */
void full_forget(void);

/* The beginning of a block is lost, or its end. */
void full_lose_begin(struct thread *thread, enum wire_domain domain, const void *block);
void full_lose_end(struct thread *thread, enum wire_domain domain, enum wire_kind kind,
		   const void *block);
/* Called at the end of an odd block: true if that end need not be told. */
bool full_swallows(struct thread *thread, enum wire_domain domain, enum wire_kind kind,
		   const void *block);

#endif
