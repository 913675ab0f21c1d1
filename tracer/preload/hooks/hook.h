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
#include "tracer/preload/base/tracer.h"
#include "tracer/preload/behind/gate.h"
#include "tracer/ground/shared/attributes.h"

enum hook_kind { HOOK_ACQUIRES, HOOK_RELEASES, HOOK_MOVES, HOOK_NEW, HOOK_DELETE };
enum hook_place {
	HOOK_OUT,                       /* nothing to record */
	HOOK_IN,                        /* the outermost hook: record, then hook_leave */
	HOOK_NESTED                     /* inside another hook: record releases only */
};

/* Begins a hook of the allocator: what the program calls has no frame of its own (see the
 * Makefile), and jumps through its gate, or to the body that follows if there is a call. */
#define HOOKED(type, name, parameters, arguments)                                                  \
	static NOINLINE type traced_##name parameters;                                             \
	GATE(name, traced_##name);                                                                 \
	EXPORT type name parameters                                                                \
	{                                                                                          \
		return LIKELY(tracer_uncalled()) ? GATE_TO(name) arguments : traced_##name arguments; \
	}                                                                                          \
	static NOINLINE type traced_##name parameters

/* The hook's frame: 16 bytes, then the caller's own stack. */
#define HOOK_FRAME MACHINE_FRAME

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
		/* Acquire pairs with life_begin's store of ON. */
		if (LIKELY(atomic_load_explicit(&tracer.life, memory_order_acquire) == TRACER_ON) &&
		    LIKELY(guard.thread))
			return HOOK_IN;
	}
	if (!tracer_passes())
		return hook_enter_slow(frame, kind);
	guard.frame = guard.frame == frame ? 0 : guard.frame;
	return HOOK_OUT;
}

static ALWAYS_INLINE void hook_leave(void)
{
	struct thread *thread = guard.thread;

	if (__builtin_expect(!thread, 0)) {     /* in a child that memtop has no room for */
		guard.frame = 0;
		return;
	}
	thread->phase = THREAD_REAL;
	thread->releasing = 0;
	atomic_signal_fence(memory_order_seq_cst);
	if (__builtin_expect(thread->attention, 0))
		hook_leave_slow();
	guard.frame = 0;
}

/* False in a child that was forked inside the real call. */
static inline bool hook_still_on(void)
{
	return __builtin_expect(tracer_life() == TRACER_ON, 1);
}

/* The real call gave `block` (or NULL): records it and leaves the hook. */
static ALWAYS_INLINE void hook_acquired(uintptr_t frame, const void *block, uint64_t size)
{
	struct thread *thread = guard.thread;

	if (!hook_still_on() || UNLIKELY(!thread)) {
		guard.frame = 0;
		return;
	}
	if (LIKELY(block))
		record_block(thread, frame, block, size);
	hook_leave();
}

#endif
