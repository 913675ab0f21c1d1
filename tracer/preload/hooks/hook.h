/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_HOOKS_HOOK_H
#define TRACER_PRELOAD_HOOKS_HOOK_H
/*
 * What surrounds each traced call: enter, record, leave.
 *
 *	HOOKED(void *, name, (size_t size), (size))
 *	{
 *		uintptr_t frame = HOOK_FRAME;
 *		if (hook_enter(frame, HOOK_ACQUIRES) != HOOK_IN)
 *			return the next definition, untouched;
 *		block = the next definition;
 *		hook_acquired(HOOK_FRAME, block, size);
 *		return block;
 *	}
 *
 * (HOOK_FRAME is written twice because `frame` would have to be kept across the real
 * call, on the program's stack.)
 */
#include <stdatomic.h>
#include <stdint.h>
#include "tracer/preload/hooks/record.h"
#include "tracer/preload/ring/thread.h"
#include "tracer/preload/base/affairs.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/ground/shared/attributes.h"

enum hook_kind { HOOK_ACQUIRES, HOOK_RELEASES, HOOK_MOVES, HOOK_NEW, HOOK_DELETE };
enum hook_place {
	HOOK_OUT,                       /* nothing to record */
	HOOK_IN,                        /* the outermost hook: record, then hook_leave */
	HOOK_NESTED                     /* inside another hook: record releases only */
};

/* The hook's frame: 16 bytes, then the caller's own stack. */
#define HOOK_FRAME MACHINE_FRAME

/* Whether memtop wants events; where guard.usual or guard.plain is true. */
_Static_assert(WIRE_ON == 0, "it is asked in one instruction");
static ALWAYS_INLINE bool hook_is_wanted(void) { return LIKELY(machine_is_zero(guard.wish)); }

/* Looks whether an event of this thread asks for anything unusual, and keeps the answer
 * under the present number of tracer.affairs: all that it asks is told there when it
 * changes.  In a hook, outside of the real call. */
void hook_look_under(uint64_t now);
static ALWAYS_INLINE void hook_look(void)
{
	/* First, so that what changes meanwhile makes it an old number. */
	uint64_t now = affairs_now();

	if (UNLIKELY(guard.looked != now))
		hook_look_under(now);
}

/* The way in when anything is unusual: no tracer yet or no more, a thread's
 * first event, a guard that is set. */
enum hook_place hook_enter_slow(uintptr_t frame, enum hook_kind kind);

/*
 * For guard.unseen, set where hook_enter_slow could only count: the first gets the block
 * that the next definition gave (or NULL) and returns it; the second, before the real
 * call, gets the block that ends, and is true if its beginning was lost too; the third is
 * both, for a realloc.  So lost ends of lost beginnings do not look like leaks (full.h).
 */
void *hook_unseen_begin(void *block);
bool hook_unseen_end(const void *block);
void *hook_unseen_move(void *(*move)(void *old, size_t size), void *old, size_t size);

/* The way out when releases were deferred or the thread had already ended. */
void hook_leave_slow(void);

static ALWAYS_INLINE enum hook_place hook_enter(uintptr_t frame, enum hook_kind kind)
{
	if (LIKELY(!guard.frame)) {
		guard.frame = frame;
		/* Pairs with the barrier of seats_vacate: it sees this guard, or we see
		 * that the tracer is not ON.  So the area is looked for behind it. */
		atomic_signal_fence(memory_order_seq_cst);
		/* Acquires pair with affairs_begin and with life_begin's store of ON. */
		if (LIKELY(affairs_now() == guard.usual) ||
		    (atomic_load_explicit(&tracer.life, memory_order_acquire) == TRACER_ON &&
		     guard.thread))
			return HOOK_IN;
	}
	if (!tracer_passes())
		return hook_enter_slow(frame, kind);
	guard.frame = guard.frame == frame ? 0 : guard.frame;
	return HOOK_OUT;
}

/* Leaves a hook in which nothing of ours is half done.  (In a child that was forked
 * meanwhile this is not the thread's area any more, but it is there.) */
static ALWAYS_INLINE void hook_done(struct thread *thread)
{
	thread->releasing = 0;
	atomic_signal_fence(memory_order_seq_cst);
	if (UNLIKELY(thread->attention))
		hook_leave_slow();
	guard.frame = 0;
}

static ALWAYS_INLINE void hook_leave(void)
{
	struct thread *thread = guard.thread;

	if (UNLIKELY(!thread)) {        /* in a child that memtop has no room for */
		guard.frame = 0;
		return;
	}
	thread->phase = THREAD_REAL;
	hook_done(thread);
}

/* False in a child that was forked inside the real call. */
static inline bool hook_still_on(void)
{
	return __builtin_expect(tracer_life() == TRACER_ON, 1);
}

#endif
