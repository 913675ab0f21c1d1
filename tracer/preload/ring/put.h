/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_RING_PUT_H
#define TRACER_PRELOAD_RING_PUT_H
/*
 * Puts one event into a ring.  This is inline wherever events come from, since each block
 * of the target pays for it.  The rarer kinds of events are functions of emit.h.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/preload/base/clock.h"
#include "tracer/preload/ring/emit.h"
#include "tracer/preload/ring/full.h"
#include "tracer/preload/ring/thread.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/ground/shared/attributes.h"

/* Sets the phase that a signal handler which enters a hook finds from now on (emit.c). */
static ALWAYS_INLINE void put_phase(struct thread *thread, enum thread_phase phase)
{
	atomic_signal_fence(memory_order_seq_cst);
	thread->phase = phase;
	atomic_signal_fence(memory_order_seq_cst);
}

/*
 * Whether stamps are counted.  A stamp orders an event among all others.  While only one
 * thread has ever had a ring, it is a count that starts at the clock and can't overtake it,
 * because reading the clock is half of what an event costs.  A thread that gets a block from
 * a second thread, or the memory of one, also sees that thread counted, and stamps by the
 * clock.
 */
static ALWAYS_INLINE bool put_is_counted(void)
{
	/* The acquire pairs with count_thread: what that thread did is older than this
	 * event. */
	return atomic_load_explicit(&tracer.threads, memory_order_acquire) == 1;
}

/* Publishes the slots before `head`, which are written completely. */
static ALWAYS_INLINE void put_head(struct ring_writer *writer, struct wire_ring *ring,
				   uint64_t head)
{
	/* A longjmp out of a signal handler must not leave a head that is ahead
	 * of the slots written. */
	atomic_signal_fence(memory_order_seq_cst);
	writer->head = head;
	/* As ring_publish: slots and table entries stored before are seen. */
	atomic_store_explicit(&ring->head, head, memory_order_release);
}

/* Puts an event, stamped once there is room for it and `spare` more slots; until then the
 * phase says that the ring is being written, and afterwards it is `after`.  `counted`:
 * whether stamps are.  What waits, or calls for its stamp, does so in emit_now, for which
 * nothing has to be kept here. */
static ALWAYS_INLINE bool put_event(struct thread *thread, struct wire_event event,
				    uint64_t spare, enum thread_phase after, bool counted)
{
	put_phase(thread, THREAD_RING);
	/* Copies, which stores into the ring do not make the compiler read again. */
	struct wire_ring *ring = thread->writer.ring;
	uint64_t head = thread->writer.head, ticks;
	struct wire_event *slot;

	if (UNLIKELY(head >= thread->until))
		return emit_now(thread, event.stamp, event.address, event.size, spare, after);
	if (LIKELY(counted))
		ticks = ++thread->ticks;
	else if (LIKELY(tracer.tsc))
		ticks = clock_counter();
	else
		return emit_now(thread, event.stamp, event.address, event.size, spare, after);
	slot = &ring->slot[head & (WIRE_RING_SLOTS - 1)];
	slot->stamp = event.stamp | ticks << 8;
	slot->address = event.address;
	slot->size = event.size;
	put_head(&thread->writer, ring, head + 1);
	put_phase(thread, after);
	return true;
}

static ALWAYS_INLINE bool put_now(struct thread *thread, enum wire_domain domain,
				  enum wire_kind kind, uint64_t address, uint64_t size,
				  uint32_t trace, uint64_t spare, enum thread_phase after)
{
	return put_event(thread, wire_event_make(kind, domain, 0, address, size, trace), spare,
			 after, put_is_counted());
}

/* The same where the thread's last look is still true (hook_look), with nothing of ours
 * left to do but leaving the hook. */
static ALWAYS_INLINE bool put_usual(struct thread *thread, enum wire_domain domain,
				    enum wire_kind kind, uint64_t address, uint64_t size,
				    uint32_t trace, uint64_t spare)
{
	return put_event(thread, wire_event_make(kind, domain, 0, address, size, trace), spare,
			 THREAD_REAL, thread->counted);
}

/* The beginning of a block, whose stack is `trace`. */
static ALWAYS_INLINE void put_begin(struct thread *thread, enum wire_domain domain,
				    const void *block, uint64_t size, uint32_t trace)
{
	if (UNLIKELY(full_any()) && !emit_even(thread, domain, (uintptr_t)block))
		full_lose_begin(thread, domain, block);
	else if (UNLIKELY(!put_now(thread, domain, WIRE_ACQUIRE, (uintptr_t)block, size, trace,
				   WIRE_RING_ENDS, THREAD_OWN)))
		full_lose_begin(thread, domain, block);
}

#endif
