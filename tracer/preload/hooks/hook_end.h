/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_HOOKS_HOOK_END_H
#define TRACER_PRELOAD_HOOKS_HOOK_END_H
/*
 * Hooks that end a block: free and its relatives, and realloc, which begins another one.
 */
#include "tracer/preload/hooks/hook.h"

/*
 * True inside a hook that is releasing this very block: operator delete calls free,
 * reallocarray calls realloc.  Such a call belongs to the outer hook, which is known here
 * without walking the stack.
 */
static ALWAYS_INLINE bool hook_is_releasing(const void *block)
{
	return guard.frame && guard.thread && tracer_life() == TRACER_ON &&
	       guard.thread->releasing == (uintptr_t)block;
}

/* Enters a releasing hook and records the end of `block` (not NULL).  HOOK_IN
 * asks for hook_leave after the real call. */
static ALWAYS_INLINE enum hook_place hook_release(uintptr_t frame, enum hook_kind kind,
						  enum wire_domain domain, const void *block)
{
	enum hook_place place;

	if (hook_is_releasing(block))
		return HOOK_OUT;
	place = hook_enter(frame, kind);
	if (LIKELY(place == HOOK_IN))
		record_release(guard.thread, domain, WIRE_RELEASE, block, frame);
	else if (place == HOOK_NESTED)
		emit_release(guard.thread, domain, WIRE_RELEASE, block, frame);
	else if (UNLIKELY(guard.unseen))
		hook_unseen_end(block);
	return place;
}

/* Before the real call of a realloc: the old block ends, if there is one.  reallocarray
 * calls realloc; that inner call belongs to the outer hook. */
static ALWAYS_INLINE enum hook_place hook_moves(uintptr_t frame, enum wire_domain domain,
					 const void *old)
{
	enum hook_place place;

	if (old && hook_is_releasing(old))
		return HOOK_OUT;
	place = hook_enter(frame, old ? HOOK_MOVES : HOOK_ACQUIRES);
	if (!old)
		return place;
	if (LIKELY(place == HOOK_IN))
		record_release(guard.thread, domain, WIRE_REALLOC_RELEASE, old, frame);
	else if (place == HOOK_NESTED)
		emit_release(guard.thread, domain, WIRE_REALLOC_RELEASE, old, frame);
	return place;
}

/* After the call: the old block is back if there is no new one and it was not freed.  A
 * nested call's new block belongs to the outer hook. */
static inline void hook_moved(enum wire_domain domain, const void *old, const void *block,
			      bool freed)
{
	if (!block && old && !freed && hook_still_on())
		emit_release(guard.thread, domain, WIRE_REALLOC_RESTORE, old, 0);
}

/* The whole of a hook that frees its `block`: free, operator delete and their
 * relatives.  `release` does so if this is the outermost hook. */
#define HOOK_RELEASING_BY(name, kind, parameters, arguments, release)		\
	HOOKED(void, name, parameters, arguments)				\
	{									\
		uintptr_t frame = HOOK_FRAME;					\
										\
		if (UNLIKELY(real_pool_owns(block)))				\
			return;							\
		if (!block || hook_release(frame, kind, WIRE_MALLOC, block) != HOOK_IN) { \
			REAL(name) arguments;					\
			return;							\
		}								\
		release;							\
		hook_leave();							\
	}
#define HOOK_RELEASING(name, parameters, arguments)				\
	HOOK_RELEASING_BY(name, HOOK_RELEASES, parameters, arguments, REAL(name) arguments)

#endif
