/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_HOOKS_RECORD_H
#define TRACER_PRELOAD_HOOKS_RECORD_H
/*
 * From a block that came to be to its event: the stack is captured, Python's frames are
 * put in, and the ring gets it.  What can't be recorded is counted.  Nothing here touches
 * errno.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/preload/ring/emit.h"
#include "tracer/preload/base/guard.h"
#include "tracer/preload/ring/put.h"
#include "tracer/preload/python/py.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/base/wanted.h"
#include "tracer/wire/wire.h"
#include "tracer/ground/shared/attributes.h"

/* Records that a block begins, for the hook with this frame address. */
void record_acquire(struct thread *thread, uintptr_t frame, const void *block, uint64_t size);

/* The same for what an allocator of the program's own gave out (memtop_track). */
void record_track(struct thread *thread, uintptr_t frame, enum wire_domain domain,
		  const void *block, uint64_t size);

/* The same for what mmap, mremap or sbrk gave out. */
void record_map(struct thread *thread, uintptr_t frame, const void *start, uint64_t bytes);

/* The same for a block of Python's, on the stack of this thread's Python frames;
 * `gil`: of an allocator that is called under that lock. */
void record_python(struct thread *thread, bool gil, const void *block, uint64_t size);

/* A block of Python's is another object's from now on, on this thread's stack. */
void record_again(struct thread *thread, const void *block);

/* Hands over a stack that follows no simple rule as it is from here up.  False: it can't
 * be read. */
bool record_irregular(struct thread *thread, enum wire_domain domain, const void *block,
		      uint64_t size);

/* True if an event of malloc's asks for more than the two functions below do. */
static ALWAYS_INLINE bool record_is_rare(const struct thread *thread)
{
	return UNLIKELY(!tracer_takes(WIRE_MALLOC)) || UNLIKELY(thread->sample.every) ||
	       UNLIKELY(full_any());
}

/* record_acquire where there is nothing but a block, a stack of C, and a ring: here, so that
 * what nearly each block pays for has no calls but that of the stack. */
static ALWAYS_INLINE void record_block(struct thread *thread, uintptr_t frame,
				       const void *block, uint64_t size)
{
	struct stack_caller caller = stack_caller_of(frame);
	uint32_t trace;

	if (record_is_rare(thread) || UNLIKELY(py.looks) || UNLIKELY(py_is_here()) ||
	    UNLIKELY(guard.opening) || UNLIKELY(stack_referee)) {
		record_acquire(thread, frame, block, size);
		return;
	}
	put_phase(thread, THREAD_OWN);
	if (UNLIKELY(stack_capture(thread->stack, &caller, &trace) == STACK_IRREGULAR) &&
	    record_irregular(thread, WIRE_MALLOC, block, size))
		return;
	if (UNLIKELY(!put_now(thread, WIRE_MALLOC, WIRE_ACQUIRE, (uintptr_t)block, size, trace,
			      WIRE_RING_ENDS, THREAD_OWN)))
		full_lose_begin(thread, WIRE_MALLOC, block);
}

/* The end of a block in the outermost hook of this thread: RELEASE or REALLOC_RELEASE. */
static ALWAYS_INLINE void record_release(struct thread *thread, enum wire_domain domain,
					 enum wire_kind kind, const void *block,
					 uintptr_t frame)
{
	thread->releasing = (uintptr_t)block;
	if (record_is_rare(thread))
		emit_release(thread, domain, kind, block, frame);
	else if (UNLIKELY(!put_now(thread, domain, kind, (uintptr_t)block,
				   machine_code(machine_record(frame)[1]), 0, 0, THREAD_REAL)))
		full_lose_end(thread, domain, kind, block);
}

#endif
