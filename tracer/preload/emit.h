/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_EMIT_H
#define TRACER_PRELOAD_EMIT_H
/*
 * Events into this thread's ring.  A release goes out before the real call, an
 * acquisition after it; the stamp is taken when there is room and just before
 * the slot is published.  Nothing here touches errno.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/preload/thread.h"

/* The block at `address` came to be, for the hook with this frame address. */
void emit_acquire(struct thread *thread, uintptr_t frame, const void *block, uint64_t size);

/* The same for what an allocator of the program's own gave out (memtop_track). */
void emit_track(struct thread *thread, uintptr_t frame, enum wire_domain domain,
		const void *block, uint64_t size);

/* The same for what mmap, mremap or sbrk gave out, and what ends of it: with
 * `bytes` a RELEASE, or the RESTORE of that, which has failed. */
void emit_map(struct thread *thread, uintptr_t frame, const void *start, uint64_t bytes);
void emit_unmap(struct thread *thread, enum wire_kind kind, const void *start, uint64_t bytes);

/* The same for a block of Python's, on the stack of this thread's Python frames;
 * `gil`: of an allocator that is called under that lock. */
void emit_python(struct thread *thread, bool gil, const void *block, uint64_t size);

/* A block of Python's is another object's from now on, on this thread's stack. */
void emit_again(struct thread *thread, const void *block);

/* RELEASE, REALLOC_RELEASE or REALLOC_RESTORE of a block, by the hook with this frame
 * address (0: by none).  Inside THREAD_RING it is kept for the hook that writes the
 * ring. */
void emit_release(struct thread *thread, enum wire_domain domain, enum wire_kind kind,
		  const void *block, uintptr_t frame);

/* FORK or FORKED. */
void emit_fork(struct thread *thread, enum wire_kind kind, uint64_t number, uint64_t pid);

/* A record with a payload: `head` (its whole `bytes` less `text_length` are
 * there), then `text`.  False if there was no room. */
bool emit_record(struct thread *thread, enum wire_kind kind, const struct wire_payload *head,
		 const void *text, uint32_t text_length);

/* Writes the deferred releases.  Also makes good a ring that was left half written. */
void emit_deferred(struct thread *thread);

/* At the program's end: what odd blocks' ends (full.h) the reader takes while it moves. */
void emit_ends(struct thread *thread);

#endif
