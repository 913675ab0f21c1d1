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
#include "tracer/wire/wire.h"

struct thread;

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

#endif
