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
 * unusual about that.  False: nothing was done. */
static ALWAYS_INLINE bool hook_release_usual(uintptr_t frame, enum wire_domain domain,
					     enum wire_kind kind, const void *block)
{
	uint64_t now;

	if (UNLIKELY(guard.frame))
		return false;
	guard.frame = frame;
	atomic_signal_fence(memory_order_seq_cst);      /* as in hook_enter */
	now = affairs_now();
	if ((UNLIKELY(now != guard.ends) && (now != guard.usual || real_pool_owns(block))) ||
	    UNLIKELY(!hook_is_wanted())) {
		guard.frame = 0;
		return false;
	}
	record_release(guard.thread, domain, kind, block, frame);
	return true;
}

/* The same where it may be unusual.  True: this is the outermost hook, which asks for
 * hook_leave after the real call (in which a signal handler may end the thread's area). */
static ALWAYS_INLINE bool hook_release(uintptr_t frame, enum hook_kind kind,
				       enum wire_domain domain, const void *block)
{
	return LIKELY(hook_release_usual(frame, domain, WIRE_RELEASE, block)) ||
	       hook_release_slow(frame, kind, domain, block) == HOOK_IN;
}

/* Before the real call of a realloc: the old block ends, if there is one. */
static ALWAYS_INLINE enum hook_place hook_moves(uintptr_t frame, enum wire_domain domain,
						const void *old)
{
	if (UNLIKELY(!old))
		return hook_enter(frame, HOOK_ACQUIRES);
	if (LIKELY(hook_release_usual(frame, domain, WIRE_REALLOC_RELEASE, old)))
		return HOOK_IN;
	return hook_release_slow(frame, HOOK_MOVES, domain, old);
}

/* After the call, which gave no block: the old one is back, if it was not freed. */
static inline void hook_not_moved(enum wire_domain domain, const void *old, bool freed)
{
	if (old && !freed && hook_still_on() && guard.thread)
		emit_release(guard.thread, domain, WIRE_REALLOC_RESTORE, old, 0);
}

/* The whole of a hook that frees its `block`: free, operator delete and their
 * relatives.  `release` does so if this is the outermost hook. */
#define HOOK_RELEASING_BY(name, kind, parameters, arguments, release)		\
	HOOKED(void, name, parameters, arguments)				\
	{									\
		uintptr_t frame = HOOK_FRAME;					\
										\
		if (UNLIKELY(!block) || !hook_release(frame, kind, WIRE_MALLOC, block)) { \
			if (!real_pool_owns(block))				\
				REAL(name) arguments;				\
			return;							\
		}								\
		release;							\
		hook_leave();							\
	}
#define HOOK_RELEASING(name, parameters, arguments)				\
	HOOK_RELEASING_BY(name, HOOK_RELEASES, parameters, arguments, REAL(name) arguments)

#endif
