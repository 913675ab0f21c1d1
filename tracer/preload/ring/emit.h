/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_RING_EMIT_H
#define TRACER_PRELOAD_RING_EMIT_H
/*
 * Puts events into this thread's ring.  A release is put before the real call, an
 * acquisition after it (put.h); it is stamped once there is room, right before its slot
 * is published.  Nothing here touches errno.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/preload/ring/thread.h"

/* ACQUIRE_STACK: a block whose stack goes with it, the registers in `stack` and then
 * stack->head.detail bytes.  False: there was no room, and its beginning is lost. */
bool emit_begin_stack(struct thread *thread, enum wire_domain domain, const void *block,
		      uint64_t size, const struct wire_stack *stack, const void *bytes);

/* The end of a part of a mapping: a RELEASE of `bytes`, or the RESTORE of a release that
 * has failed. */
void emit_unmap(struct thread *thread, enum wire_kind kind, const void *start, uint64_t bytes);

/* RELEASE, REALLOC_RELEASE or REALLOC_RESTORE of a block, by the hook with this frame
 * address (0: by no hook).  In phase THREAD_RING it is deferred, and reported by the hook
 * that is writing to the ring. */
void emit_release(struct thread *thread, enum wire_domain domain, enum wire_kind kind,
		  const void *block, uintptr_t frame);

/* FORK or FORKED. */
void emit_fork(struct thread *thread, enum wire_kind kind, uint64_t number, uint64_t pid);

/* Puts a record with a payload: `head`, whose `bytes` and `text_length` are set, and then
 * `text`.  False if there was no room. */
bool emit_record(struct thread *thread, enum wire_kind kind, const struct wire_payload *head,
		 const void *text, uint32_t text_length);

/* Writes the deferred releases.  Also repairs a ring whose writing was interrupted for
 * good. */
void emit_deferred(struct thread *thread);

/* At the program's end: reports the ends of marked blocks (full.h) as long as the reader
 * makes progress. */
void emit_ends(struct thread *thread);

/* A block begins while blocks have marks (full.h): the end of the one that was at its
 * address is reported first.  False: there is no room for both. */
bool emit_even(struct thread *thread, enum wire_domain domain, uintptr_t block);

/* The rest of put_event where there is no room yet, the reader has to be looked at, or
 * the stamp is neither counted nor the processor's counter.  An event's words, its stamp
 * without ticks, one by one, so that they are passed in registers. */
bool emit_now(struct thread *thread, uint64_t stamp, uint64_t address, uint64_t size,
	      uint64_t spare, enum thread_phase after);

#endif
