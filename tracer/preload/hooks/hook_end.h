/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_HOOKS_HOOK_END_H
#define TRACER_PRELOAD_HOOKS_HOOK_END_H
/*
 * Hooks that end a block: free and its relatives, and realloc, which begins another one.
 */
#include "tracer/preload/behind/real.h"
#include "tracer/preload/hooks/hook_begin.h"

/* The rest of the two functions below where anything is unusual; HOOK_MOVES is realloc's
 * kind, and the block is not NULL. */
enum hook_place hook_release_slow(uintptr_t frame, enum hook_kind kind, enum wire_domain domain,
				  const void *block);

/* Enters a releasing hook and records the end of `block` (not NULL), if there is nothing
 * unusual about that.  HOOK_OUT: nothing was done; else this thread's area is *thread. */
static ALWAYS_INLINE enum hook_place hook_release_usual(uintptr_t frame, enum wire_domain domain,
							enum wire_kind kind, const void *block,
							struct thread **thread)
{
	uint64_t now;

	if (UNLIKELY(guard.frame))
		return HOOK_OUT;
	guard.frame = frame;
	atomic_signal_fence(memory_order_seq_cst);      /* as in hook_enter */
	now = affairs_now();
	if ((UNLIKELY(now != guard.ends) && (now != guard.usual || real_pool_owns(block))) ||
	    UNLIKELY(!hook_is_wanted())) {
		guard.frame = 0;
		return HOOK_OUT;
	}
	*thread = guard.thread;
	record_release(*thread, domain, kind, block, frame);
	return HOOK_IN;
}

/* The same where it may be unusual; the thread's area if this is the outermost hook,
 * which asks for hook_done after the real call, and else NULL. */
static ALWAYS_INLINE struct thread *hook_release(uintptr_t frame, enum hook_kind kind,
						 enum wire_domain domain, const void *block)
{
	struct thread *thread;

	if (LIKELY(hook_release_usual(frame, domain, WIRE_RELEASE, block, &thread) == HOOK_IN))
		return thread;
	return hook_release_slow(frame, kind, domain, block) == HOOK_IN ? guard.thread : NULL;
}

/* Before the real call of a realloc: the old block ends, if there is one. */
static ALWAYS_INLINE enum hook_place hook_moves(uintptr_t frame, enum wire_domain domain,
						const void *old)
{
	struct thread *thread;

	if (UNLIKELY(!old))
		return hook_enter(frame, HOOK_ACQUIRES);
	if (LIKELY(hook_release_usual(frame, domain, WIRE_REALLOC_RELEASE, old, &thread) ==
		   HOOK_IN))
		return HOOK_IN;
	return hook_release_slow(frame, HOOK_MOVES, domain, old);
}

/* After the call, which gave no block: the old one is back, if it was not freed. */
static inline void hook_not_moved(enum wire_domain domain, const void *old, bool freed)
{
	if (old && !freed && hook_still_on())
		emit_release(guard.thread, domain, WIRE_REALLOC_RESTORE, old, 0);
}

/* The whole of a hook that frees its `block`: free, operator delete and their
 * relatives.  `release` does so if this is the outermost hook. */
#define HOOK_RELEASING_BY(name, kind, parameters, arguments, release)		\
	HOOKED(void, name, parameters, arguments)				\
	{									\
		uintptr_t frame = HOOK_FRAME;					\
		struct thread *thread =						\
			LIKELY(block) ? hook_release(frame, kind, WIRE_MALLOC, block) : NULL; \
										\
		if (UNLIKELY(!thread)) {					\
			if (!real_pool_owns(block))				\
				REAL(name) arguments;				\
			return;							\
		}								\
		release;							\
		hook_done(thread);						\
	}
#define HOOK_RELEASING(name, parameters, arguments)				\
	HOOK_RELEASING_BY(name, HOOK_RELEASES, parameters, arguments, REAL(name) arguments)

#endif
