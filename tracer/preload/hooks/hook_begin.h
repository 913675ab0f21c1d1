/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_HOOKS_HOOK_BEGIN_H
#define TRACER_PRELOAD_HOOKS_HOOK_BEGIN_H
/*
 * Hooks of the allocator: what the program calls, and the end of those that begin a block.
 */
#include "tracer/preload/behind/gate.h"
#include "tracer/preload/hooks/hook.h"

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

/* hook_acquired where anything is unusual. */
void hook_acquired_slow(uintptr_t frame, const void *block, uint64_t size);

/* The real call gave `block` (or NULL): records it and leaves the hook. */
static ALWAYS_INLINE void hook_acquired(uintptr_t frame, const void *block, uint64_t size)
{
	struct thread *thread = guard.thread;

	if (UNLIKELY(affairs_now() != guard.plain) || UNLIKELY(!block) ||
	    UNLIKELY(!hook_is_wanted())) {
		hook_acquired_slow(frame, block, size);
		return;
	}
	record_block(thread, frame, block, size);
	hook_done(thread);
}

#endif
