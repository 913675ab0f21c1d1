/* SPDX-License-Identifier: MIT */
/*
 * The producer's side of a ring; events that find no room are left to full.c.  `phase`
 * tells what a signal handler that enters a hook may do: while the ring is not being
 * written, its releases go straight in; otherwise they are deferred with their own
 * stamps, and the reader expects releases that come late.
 */
#include "tracer/preload/ring/emit.h"
#include <string.h>
#include "tracer/preload/base/clock.h"
#include "tracer/preload/ring/full.h"
#include "tracer/preload/ring/put.h"
#include "tracer/preload/ring/room.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/preload/base/wanted.h"
#include "tracer/ground/shared/attributes.h"

#define LAST_PATIENCE UINT64_C(200000000)
#define ENDS_AT_ONCE 64u
#define SPINS_A_LOOK 4096u                      /* a power of two */
#define LOOK_EVERY (WIRE_RING_SLOTS / 8)        /* slots; a power of two */
#define WAKE_AT (WIRE_RING_SLOTS * 5 / 8)       /* slots to read at which the reader is to
						 * be woken */

/* Wakes the reader if it is late.  Normally it comes by itself when a ring is half
 * full. */
static void emit_look_at_reader(struct ring_writer *writer)
{
	if (ring_room(writer, WIRE_RING_SLOTS - WAKE_AT) < WIRE_RING_SLOTS - WAKE_AT)
		room_wake();
	/* A tracer that can be called again goes to sleep as soon as nobody reads, and
	 * not only when its ring is full. */
	if (UNLIKELY(tracer.standby))
		room_deserted();
}

static uint64_t put_stamp(struct thread *thread)
{
	return LIKELY(put_is_counted()) ? ++thread->ticks : clock_ticks();
}

/* Waits if fewer slots than that are free.  False: they will not become free. */
static bool put_room(struct thread *thread, uint64_t slots)
{
	return LIKELY(ring_room(&thread->writer, slots) >= slots) || room_wait(thread, slots);
}

/* Up to which head events need not come here (struct thread): the last slot before the
 * next look at the reader, or before there is no room. */
static uint64_t put_until(struct ring_writer *writer)
{
	uint64_t room = ring_room(writer, WIRE_RING_ENDS + LOOK_EVERY);
	uint64_t look = writer->head | (LOOK_EVERY - 1), end;

	end = writer->head + (room > WIRE_RING_ENDS ? room - WIRE_RING_ENDS : 0);
	return look < end ? look : end;
}

/* Publishes so many slots behind the head. */
static void put_publish(struct thread *thread, uint64_t slots)
{
	struct ring_writer *writer = &thread->writer;
	uint64_t before = writer->head;

	put_head(writer, writer->ring, before + slots);
	if ((before ^ writer->head) & ~(uint64_t)(LOOK_EVERY - 1))
		emit_look_at_reader(writer);
	thread->until = put_until(writer);
}

static void put_release(struct thread *thread, enum wire_domain domain, uint64_t ticks,
			uint64_t address)
{
	ring_put(&thread->writer, 0,
		 wire_event_make(WIRE_RELEASE, domain, ticks, address, 0, 0));
}

bool emit_now(struct thread *thread, uint64_t stamp, uint64_t address, uint64_t size,
	      uint64_t spare, enum thread_phase after)
{
	bool room = put_room(thread, 1 + spare);

	if (room) {
		stamp |= put_stamp(thread) << 8;
		ring_put(&thread->writer, 0, (struct wire_event){stamp, address, size});
		put_publish(thread, 1);
	}
	put_phase(thread, after);
	return room;
}

/* Puts the end of a block that found no room before into the ring, unless another thread
 * does.  It is stamped before the block's mark is removed, so that a thread which finds
 * the mark gone and begins a block at this address has a later stamp. */
static bool tell_end(struct thread *thread, enum wire_domain domain, uintptr_t block)
{
	bool told = false;

	put_phase(thread, THREAD_RING);
	if (ring_room(&thread->writer, 2 + WIRE_RING_ENDS) >= 2 + WIRE_RING_ENDS) {
		uint64_t ticks = put_stamp(thread);

		told = full_unmark(domain, block, FULL_ENDED);
		if (told) {
			put_release(thread, domain, ticks, block);
			put_publish(thread, 1);
			full_count(thread, WIRE_LOST_FREE, -1);
			full_count(thread, WIRE_LOST_END, -1);
		}
	}
	put_phase(thread, THREAD_OWN);
	return told;
}

/* While blocks have marks (full.h), each event also reports some of the ends that have
 * not been reported, if the ring is at most half full. */
static NOINLINE void tell_ends(struct thread *thread)
{
	enum wire_domain domain;
	uintptr_t block;

	for (unsigned n = 0; n < ENDS_AT_ONCE && full_ended() &&
	     ring_room(&thread->writer, WIRE_RING_SLOTS / 2) >= WIRE_RING_SLOTS / 2; n++)
		if (!full_next_ended(&domain, &block) || !tell_end(thread, domain, block))
			return;
}

bool emit_even(struct thread *thread, enum wire_domain domain, uintptr_t block)
{
	uint32_t phase = thread->phase;

	/* The end of the block that was at this address before was lost as well. */
	full_unmark(domain, block, FULL_UNSEEN);
	if (full_has(domain, block, FULL_ENDED) && !tell_end(thread, domain, block) &&
	    full_has(domain, block, FULL_ENDED))
		return false;
	tell_ends(thread);
	put_phase(thread, phase);
	return true;
}

/* Waits while no system call may be made: some milliseconds, whatever the reader does. */
static void spin_ends(struct thread *thread)
{
	for (uint32_t left = ROOM_SPINS; left && full_ended(); left--) {
		machine_pause();
		if (left % SPINS_A_LOOK)
			continue;
		if (room_deserted())
			return;
		tell_ends(thread);
	}
}

void emit_ends(struct thread *thread)
{
	if (!full_ended())
		return;
	if (sys_closed()) {
		spin_ends(thread);
		return;
	}
	struct room_clock clock = {0};
	uint64_t told = room_time(&clock), since = told;
	uint32_t beat = atomic_load(&tracer.control->reader_beat);

	while (full_ended() && !room_deserted()) {
		uint32_t before = full_ended();
		uint64_t now = room_time(&clock);

		tell_ends(thread);
		if (full_ended() != before) {
			told = since = now;
			continue;
		}
		if (atomic_load(&tracer.control->reader_beat) != beat) {
			beat = atomic_load(&tracer.control->reader_beat);
			since = now;
		}
		if (now - since > LAST_PATIENCE || now - told > ROOM_PATIENCE)
			return;
		atomic_store(&thread->writer.ring->room_wanted, 1);
		room_nap(&thread->writer);
	}
}

static void defer(struct thread *thread, const void *block)
{
	uint32_t n = atomic_load_explicit(&thread->deferred, memory_order_relaxed);

	if (n == THREAD_DEFERRED) {
		full_lose_end(thread, WIRE_MALLOC, WIRE_RELEASE, block);
		return;
	}
	thread->release[n].address = (uintptr_t)block;
	thread->release[n].ticks = put_stamp(thread);
	atomic_store_explicit(&thread->deferred, n + 1, memory_order_relaxed);
	thread->attention = true;
}

void emit_deferred(struct thread *thread)
{
	uint32_t done = 0, n;

	thread->writer.head = atomic_load_explicit(&thread->writer.ring->head,
						   memory_order_relaxed);
	thread->attention = thread->stray;
	put_phase(thread, THREAD_RING);
	do {
		n = atomic_load_explicit(&thread->deferred, memory_order_relaxed);
		for (; done < n; done++) {
			const void *block = (const void *)thread->release[done].address;

			if (full_any() && full_swallows(thread, WIRE_MALLOC, WIRE_RELEASE, block))
				continue;
			if (!put_room(thread, 1)) {
				full_lose_end(thread, WIRE_MALLOC, WIRE_RELEASE, block);
				continue;
			}
			put_release(thread, WIRE_MALLOC, thread->release[done].ticks,
				    thread->release[done].address);
			put_publish(thread, 1);
		}
		/* If the exchange fails, a signal handler has just deferred one more: the
		 * loop goes round again. */
	} while (!atomic_compare_exchange_strong(&thread->deferred, &n, 0));
	put_phase(thread, THREAD_OWN);
}

/* The code that releases a block, by which memtop names it if it never saw the block's
 * allocation: the hook's return address.  Inside another hook, which releases a different
 * block, it is 0: the block may be the allocator's own. */
static inline uint64_t released_by(const struct thread *thread, const void *block,
				   uintptr_t frame)
{
	if (!frame)
		return WIRE_BY_NOBODY;
	return thread->releasing == (uintptr_t)block ? machine_code(machine_record(frame)[1]) :
						       WIRE_BY_ALLOCATOR;
}

void emit_release(struct thread *thread, enum wire_domain domain, enum wire_kind kind,
		  const void *block, uintptr_t frame)
{
	uint32_t phase = thread->phase;
	uint64_t said = released_by(thread, block, frame);

	if (UNLIKELY(!tracer_takes(domain))) {
		tracer_heed();
		return;
	}
	if (!sample_releases(&thread->sample, kind, block, &said))
		return;
	if (UNLIKELY(phase == THREAD_RING)) {
		defer(thread, block);
		return;
	}
	if (UNLIKELY(full_any())) {
		if (full_swallows(thread, domain, kind, block))
			return;
		tell_ends(thread);
	}
	if (UNLIKELY(!put_now(thread, domain, kind, (uintptr_t)block, said, 0, 0, phase)))
		full_lose_end(thread, domain, kind, block);
}

/* If this is a signal handler that interrupted a write to the ring, the event is lost: it
 * can't be deferred, since deferred releases have no size. */
void emit_unmap(struct thread *thread, enum wire_kind kind, const void *start, uint64_t bytes)
{
	uint32_t phase = thread->phase;

	if (!tracer_wanted())
		return;
	if (UNLIKELY(phase == THREAD_RING) ||
	    UNLIKELY(!put_now(thread, WIRE_MMAP, kind, (uintptr_t)start, bytes, 0, 0, phase)))
		full_lose_end(thread, WIRE_MMAP, kind, start);
}

void emit_fork(struct thread *thread, enum wire_kind kind, uint64_t number, uint64_t pid)
{
	if (!put_now(thread, WIRE_MALLOC, kind, number, pid, 0, 0, THREAD_OWN))
		full_count(thread, WIRE_LOST_OTHER, 1);
}

/* Copies bytes into the payload slots that follow the event; they may wrap around the
 * ring's end. */
static void emit_put_bytes(struct thread *thread, uint64_t offset, const void *bytes,
			   uint64_t count)
{
	const uint64_t ring_bytes = WIRE_RING_SLOTS * sizeof(struct wire_event);
	char *slots = (char *)thread->writer.ring->slot;
	uint64_t first = (thread->writer.head + 1) & (WIRE_RING_SLOTS - 1);
	uint64_t at = (first * sizeof(struct wire_event) + offset) % ring_bytes;
	uint64_t part = ring_bytes - at < count ? ring_bytes - at : count;

	memcpy(slots + at, bytes, part);
	if (part < count)
		memcpy(slots, (const char *)bytes + part, count - part);
}

/* Puts an event with a payload of two parts, the first of which is headed by `head`.
 * False: there is no room for it and `spare` more slots. */
static bool put_extended(struct thread *thread, struct wire_event event,
			 const struct wire_payload *head, const void *rest, uint32_t rest_bytes,
			 uint64_t spare)
{
	uint64_t slots = 1 + wire_payload_slots(head->bytes);

	put_phase(thread, THREAD_RING);
	if (!put_room(thread, slots + spare)) {
		put_phase(thread, THREAD_OWN);
		return false;
	}
	event.stamp |= put_stamp(thread) << 8;
	ring_put(&thread->writer, 0, event);
	emit_put_bytes(thread, 0, head, head->bytes - rest_bytes);
	emit_put_bytes(thread, head->bytes - rest_bytes, rest, rest_bytes);
	put_publish(thread, slots);
	put_phase(thread, THREAD_OWN);
	return true;
}

bool emit_record(struct thread *thread, enum wire_kind kind, const struct wire_payload *head,
		 const void *text, uint32_t text_length)
{
	bool put = put_extended(thread, wire_event_make(kind, WIRE_MALLOC, 0, 0, 0, 0), head, text,
				text_length, 0);

	if (!put)
		full_count(thread, WIRE_LOST_OTHER, 1);
	return put;
}

bool emit_begin_stack(struct thread *thread, enum wire_domain domain, const void *block,
		      uint64_t size, const struct wire_stack *stack, const void *bytes)
{
	struct wire_event event = wire_event_make(WIRE_ACQUIRE_STACK, domain, 0,
						  (uintptr_t)block, size, WIRE_TRACE_ROOT);

	if ((full_any() && !emit_even(thread, domain, (uintptr_t)block)) ||
	    !put_extended(thread, event, &stack->head, bytes, stack->head.detail,
			  WIRE_RING_ENDS)) {
		full_lose_begin(thread, domain, block);
		return false;
	}
	return true;
}
