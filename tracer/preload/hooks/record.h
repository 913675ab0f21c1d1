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

/* The stack follows no simple rule: it is handed over as it is from here up. */
void record_rootless(struct thread *thread, const void *block, uint64_t size);

/* There is no room for the beginning of a block. */
void record_lose(struct thread *thread, const void *block);

/* record_acquire where nothing is unusual (guard.plain): here, so that what nearly each
 * block pays for has no calls but that of the stack. */
static ALWAYS_INLINE void record_block(struct thread *thread, uintptr_t frame,
				       const void *block, uint64_t size)
{
	uint32_t trace;

	put_phase(thread, THREAD_OWN);
	trace = stack_trace(thread->stack, frame);
	if (UNLIKELY(!trace))
		record_rootless(thread, block, size);
	else if (UNLIKELY(!put_usual(thread, WIRE_MALLOC, WIRE_ACQUIRE, (uintptr_t)block,
				     size, trace, WIRE_RING_ENDS)))
		record_lose(thread, block);
}

/* The end of a block where nothing is unusual (guard.usual): RELEASE or
 * REALLOC_RELEASE. */
static ALWAYS_INLINE void record_release(struct thread *thread, enum wire_domain domain,
					 enum wire_kind kind, const void *block,
					 uintptr_t frame)
{
	thread->releasing = (uintptr_t)block;
	if (UNLIKELY(!put_usual(thread, domain, kind, (uintptr_t)block,
				machine_code(machine_record(frame)[1]), 0, 0)))
		full_lose_end(thread, domain, kind, block);
}

#endif
