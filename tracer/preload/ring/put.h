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
#include "tracer/preload/ring/room.h"
#include "tracer/preload/ring/thread.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/ground/shared/attributes.h"

#define PUT_LOOK_EVERY (WIRE_RING_SLOTS / 8)    /* slots; a power of two */

/* Sets the phase that a signal handler which enters a hook finds from now on (emit.c). */
static ALWAYS_INLINE void put_phase(struct thread *thread, enum thread_phase phase)
{
	atomic_signal_fence(memory_order_seq_cst);
	thread->phase = phase;
	atomic_signal_fence(memory_order_seq_cst);
}

/*
 * The stamp that orders this event among all others.  While only one thread has ever had
 * a ring, it is a count that starts at the clock and can't overtake it, because reading
 * the clock is half of what an event costs.  A thread that gets a block from a second
 * thread, or the memory of one, also sees that thread counted, and stamps by the clock.
 */
static ALWAYS_INLINE uint64_t put_stamp(struct thread *thread)
{
	/* The acquire pairs with count_thread: what that thread did is older than this
	 * event. */
	if (LIKELY(atomic_load_explicit(&tracer.threads, memory_order_acquire) == 1))
		return ++thread->ticks;
	return LIKELY(tracer.tsc) ? clock_counter() : emit_ticks();
}

/* Waits if fewer slots than that are free.  False: they will not become free. */
static ALWAYS_INLINE bool put_room(struct thread *thread, uint64_t slots)
{
	return LIKELY(ring_room(&thread->writer, slots) >= slots) || room_wait(thread, slots);
}

/* Publishes the slots from `before` to `head`, which are written completely. */
static ALWAYS_INLINE void put_head(struct ring_writer *writer, struct wire_ring *ring,
				   uint64_t before, uint64_t head)
{
	/* A longjmp out of a signal handler must not leave a head that is ahead
	 * of the slots written. */
	atomic_signal_fence(memory_order_seq_cst);
	writer->head = head;
	/* As ring_publish: slots and table entries stored before are seen. */
	atomic_store_explicit(&ring->head, head, memory_order_release);
	if (UNLIKELY((before ^ head) & PUT_LOOK_EVERY))
		emit_look_at_reader(writer);
}

/* Publishes so many slots behind the head. */
static inline void put_publish(struct thread *thread, uint64_t slots)
{
	struct ring_writer *writer = &thread->writer;

	put_head(writer, writer->ring, writer->head, writer->head + slots);
}

static inline void put_event(struct thread *thread, enum wire_domain domain,
			     enum wire_kind kind, uint64_t ticks, uint64_t address,
			     uint64_t size, uint32_t trace)
{
	ring_put(&thread->writer, 0,
		 wire_event_make(kind, domain, ticks, address, size, trace));
}

/* Puts an event, stamped once there is room for it and `spare` more slots; until then the
 * phase says that the ring is being written, and afterwards it is `after`. */
static ALWAYS_INLINE bool put_now(struct thread *thread, enum wire_domain domain,
				  enum wire_kind kind, uint64_t address, uint64_t size,
				  uint32_t trace, uint64_t spare, enum thread_phase after)
{
	bool room;

	put_phase(thread, THREAD_RING);
	room = put_room(thread, 1 + spare);
	if (LIKELY(room)) {
		/* Copies, which stores into the ring do not make the compiler read again. */
		struct wire_ring *ring = thread->writer.ring;
		uint64_t head = thread->writer.head;
		struct wire_event *slot = &ring->slot[head & (WIRE_RING_SLOTS - 1)];

		*slot = wire_event_make(kind, domain, put_stamp(thread), address, size, trace);
		put_head(&thread->writer, ring, head, head + 1);
	}
	put_phase(thread, after);
	return room;
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
