/* SPDX-License-Identifier: MIT */
/*
 * One producer's side of a ring; what finds no room there is full.c's.  `phase` says
 * what a signal handler that enters a hook may do: with the ring at rest its releases go
 * straight in, otherwise they are deferred with their own stamps; the reader knows
 * releases that arrive late.
 */
#include "tracer/preload/emit.h"
#include <string.h>
#include "tracer/preload/clock.h"
#include "tracer/preload/full.h"
#include "tracer/preload/guard.h"
#include "tracer/preload/py.h"
#include "tracer/preload/room.h"
#include "tracer/preload/stack.h"
#include "tracer/preload/sys.h"
#include "tracer/preload/tracer.h"
#include "tracer/ground/shared/attributes.h"

#define LAST_PATIENCE UINT64_C(200000000)
#define LOOK_EVERY (WIRE_RING_SLOTS / 8)        /* slots; a power of two */
#define ENDS_AT_ONCE 64u
#define SPINS_A_LOOK 4096u                      /* a power of two */
#define WAKE_AT (WIRE_RING_SLOTS * 5 / 8)       /* slots to read that the reader should know of */

static void phase_set(struct thread *thread, enum thread_phase phase)
{
	atomic_signal_fence(memory_order_seq_cst);
	thread->phase = phase;
	atomic_signal_fence(memory_order_seq_cst);
}

/*
 * What orders this event among all.  While one thread alone has ever had a ring
 * that is a count, which can't overtake the clock that it began at: a look at
 * the clock is half of what an event costs.  Whoever gets a block from a second
 * thread, or its place, sees that thread counted too, and stamps by the clock.
 */
static inline uint64_t stamp(struct thread *thread)
{
	/* Acquire pairs with count_thread: what that thread did is older than this. */
	if (LIKELY(atomic_load_explicit(&tracer.threads, memory_order_acquire) == 1))
		return ++thread->ticks;
	return clock_ticks();
}

static inline bool have_room(struct thread *thread, uint64_t slots)
{
	return LIKELY(ring_room(&thread->writer, slots) >= slots) || room_wait(thread, slots);
}

/* The reader comes by itself when a ring is half full, as a rule. */
static NOINLINE void look_at_reader(struct ring_writer *writer)
{
	if (ring_room(writer, WIRE_RING_SLOTS - WAKE_AT) < WIRE_RING_SLOTS - WAKE_AT)
		room_wake();
}

static inline void publish(struct thread *thread, uint64_t slots)
{
	struct ring_writer *writer = &thread->writer;
	uint64_t before = writer->head;

	/* A longjmp out of a signal handler must not leave a head that is ahead
	 * of the slots written. */
	atomic_signal_fence(memory_order_seq_cst);
	ring_publish(writer, slots);
	if (UNLIKELY((before ^ writer->head) & LOOK_EVERY))
		look_at_reader(writer);
}

static inline void put_event(struct thread *thread, enum wire_domain domain,
			     enum wire_kind kind, uint64_t ticks, uint64_t address,
			     uint64_t size, uint32_t trace)
{
	ring_put(&thread->writer, 0,
		 wire_event_make(kind, domain, ticks, address, size, trace));
}

/* An event that is stamped when there is room for it, and `spare` slots more; the ring
 * is being written until then, and the phase is `after` afterwards. */
static inline bool put_now(struct thread *thread, enum wire_domain domain, enum wire_kind kind,
			   uint64_t address, uint64_t size, uint32_t trace, uint64_t spare,
			   enum thread_phase after)
{
	bool room;

	phase_set(thread, THREAD_RING);
	room = have_room(thread, 1 + spare);
	if (room) {
		put_event(thread, domain, kind, stamp(thread), address, size, trace);
		publish(thread, 1);
	}
	phase_set(thread, after);
	return room;
}

/* Tells the end of a block that could not be told before, if nobody else does.  The stamp
 * is older than the mark's going: whoever finds none stamps later. */
static bool tell_end(struct thread *thread, enum wire_domain domain, uintptr_t block)
{
	bool told = false;

	phase_set(thread, THREAD_RING);
	if (ring_room(&thread->writer, 2 + WIRE_RING_ENDS) >= 2 + WIRE_RING_ENDS) {
		uint64_t ticks = stamp(thread);

		told = full_unmark(domain, block, FULL_ENDED);
		if (told) {
			put_event(thread, domain, WIRE_RELEASE, ticks, block, 0, 0);
			publish(thread, 1);
			full_count(thread, WIRE_LOST_FREE, -1);
			full_count(thread, WIRE_LOST_END, -1);
		}
	}
	phase_set(thread, THREAD_OWN);
	return told;
}

/* While there are odd blocks, each event tells some ends, if the ring is no more than
 * half full. */
static NOINLINE void tell_ends(struct thread *thread)
{
	enum wire_domain domain;
	uintptr_t block;

	for (unsigned n = 0; n < ENDS_AT_ONCE && full_ended() &&
	     ring_room(&thread->writer, WIRE_RING_SLOTS / 2) >= WIRE_RING_SLOTS / 2; n++)
		if (!full_next_ended(&domain, &block) || !tell_end(thread, domain, block))
			return;
}

/* A block begins while there are odd ones: what stood at its address has ended, and that
 * comes first.  False: there is no room for both. */
static NOINLINE bool make_even(struct thread *thread, enum wire_domain domain, uintptr_t block)
{
	uint32_t phase = thread->phase;

	full_unmark(domain, block, FULL_UNSEEN);        /* its end went unseen too */
	if (full_has(domain, block, FULL_ENDED) && !tell_end(thread, domain, block) &&
	    full_has(domain, block, FULL_ENDED))
		return false;
	tell_ends(thread);
	phase_set(thread, phase);
	return true;
}

/* When no system call may be made: some milliseconds, whatever the reader does. */
static void spin_ends(struct thread *thread)
{
	for (uint32_t left = ROOM_SPINS; left && full_ended(); left--) {
		__builtin_ia32_pause();
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
	uint64_t told = clock_nanoseconds(), since = told;
	uint32_t beat = atomic_load(&tracer.control->reader_beat);

	while (full_ended() && !room_deserted()) {
		uint32_t before = full_ended();
		uint64_t now = clock_nanoseconds();

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

/* An acquisition. */
static inline void put_acquire(struct thread *thread, enum wire_domain domain,
			       const void *block, uint64_t size, uint32_t trace)
{
	if (UNLIKELY(full_any()) && !make_even(thread, domain, (uintptr_t)block))
		full_lose_begin(thread, domain, block);
	else if (UNLIKELY(!put_now(thread, domain, WIRE_ACQUIRE, (uintptr_t)block, size, trace,
				   WIRE_RING_ENDS, THREAD_OWN)))
		full_lose_begin(thread, domain, block);
}

static void defer(struct thread *thread, const void *block)
{
	uint32_t n = atomic_load_explicit(&thread->deferred, memory_order_relaxed);

	if (n == THREAD_DEFERRED) {
		full_lose_end(thread, WIRE_MALLOC, WIRE_RELEASE, block);
		return;
	}
	thread->release[n].address = (uintptr_t)block;
	thread->release[n].ticks = stamp(thread);
	atomic_store_explicit(&thread->deferred, n + 1, memory_order_relaxed);
	thread->attention = true;
}

void emit_deferred(struct thread *thread)
{
	uint32_t done = 0, n;

	thread->writer.head = atomic_load_explicit(&thread->writer.ring->head,
						   memory_order_relaxed);
	thread->attention = thread->stray;
	phase_set(thread, THREAD_RING);
	do {
		n = atomic_load_explicit(&thread->deferred, memory_order_relaxed);
		for (; done < n; done++) {
			const void *block = (const void *)thread->release[done].address;

			if (full_any() && full_swallows(thread, WIRE_MALLOC, WIRE_RELEASE, block))
				continue;
			if (!have_room(thread, 1)) {
				full_lose_end(thread, WIRE_MALLOC, WIRE_RELEASE, block);
				continue;
			}
			put_event(thread, WIRE_MALLOC, WIRE_RELEASE, thread->release[done].ticks,
				  thread->release[done].address, 0, 0);
			publish(thread, 1);
		}
		/* A handler may have deferred another one just now. */
	} while (!atomic_compare_exchange_strong(&thread->deferred, &n, 0));
	phase_set(thread, THREAD_OWN);
}

/* For a block that memtop never saw begin: where the hook returns to.  Inside another
 * hook, which is releasing something else, it may be what the allocator took there. */
static inline uint64_t released_by(const struct thread *thread, const void *block,
				   uintptr_t frame)
{
	if (!frame)
		return WIRE_BY_NOBODY;
	return thread->releasing == (uintptr_t)block ? ((const uintptr_t *)frame)[1] :
						       WIRE_BY_ALLOCATOR;
}

void emit_release(struct thread *thread, enum wire_domain domain, enum wire_kind kind,
		  const void *block, uintptr_t frame)
{
	uint32_t phase = thread->phase;
	uint64_t said = released_by(thread, block, frame);

	if (!tracer_takes(domain) || !sample_releases(&thread->sample, kind, block, &said))
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

/* A handler's inside THREAD_RING is lost: what is deferred has no size. */
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

/* Bytes into the payload slots that follow the event, across the ring's end. */
static void put_bytes(struct thread *thread, uint64_t offset, const void *bytes, uint64_t count)
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

/* An event with a payload of two parts, the first headed by `head`; false: no room, with
 * `spare` slots more. */
static bool put_extended(struct thread *thread, struct wire_event event,
			 const struct wire_payload *head, const void *rest, uint32_t rest_bytes,
			 uint64_t spare)
{
	uint64_t slots = 1 + wire_payload_slots(head->bytes);

	phase_set(thread, THREAD_RING);
	if (!have_room(thread, slots + spare)) {
		phase_set(thread, THREAD_OWN);
		return false;
	}
	event.stamp |= stamp(thread) << 8;
	ring_put(&thread->writer, 0, event);
	put_bytes(thread, 0, head, head->bytes - rest_bytes);
	put_bytes(thread, head->bytes - rest_bytes, rest, rest_bytes);
	publish(thread, slots);
	phase_set(thread, THREAD_OWN);
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

static inline __attribute__((always_inline)) void take_registers(uint64_t *regs)
{
	__asm__ volatile("lea 0f(%%rip), %%rax\n\t"
			 "mov %%rax, 16*8(%0)\n\t"
			 "mov %%rbx, 3*8(%0)\n\t"
			 "mov %%rbp, 6*8(%0)\n\t"
			 "mov %%rsp, 7*8(%0)\n\t"
			 "mov %%r12, 12*8(%0)\n\t"
			 "mov %%r13, 13*8(%0)\n\t"
			 "mov %%r14, 14*8(%0)\n\t"
			 "mov %%r15, 15*8(%0)\n"
			 "0:"
			 :
			 : "r"(regs)
			 : "rax", "memory");
}

/* The stack follows no simple rule: hand it over as it is from here up. */
static NOINLINE bool acquire_with_stack(struct thread *thread, enum wire_domain domain,
					const void *block, uint64_t size)
{
	struct wire_stack *stack = &thread->irregular;
	uintptr_t low, high, own_start, own_end;
	uint64_t sp, bytes;

	take_registers(stack->regs);
	sp = stack->regs[WIRE_REG_RSP];
	if (stack_bounds(thread->stack, sp, &low, &high) < 0 || sp < low || sp >= high)
		return false;
	bytes = high - sp < WIRE_STACK_MAX ? high - sp : WIRE_STACK_MAX;
	stack_own_text(&own_start, &own_end);
	stack->own_start = own_start;
	stack->own_end = own_end;
	stack->head.bytes = (uint32_t)(sizeof(*stack) + bytes);
	stack->head.detail = (uint32_t)bytes;
	if ((full_any() && !make_even(thread, domain, (uintptr_t)block)) ||
	    !put_extended(thread,
			  wire_event_make(WIRE_ACQUIRE_STACK, domain, 0, (uintptr_t)block, size,
					  WIRE_TRACE_ROOT),
			  &stack->head, (const void *)sp, (uint32_t)bytes, WIRE_RING_ENDS))
		full_lose_begin(thread, domain, block);
	else
		atomic_fetch_add_explicit(&tracer.control->irregular, 1, memory_order_relaxed);
	return true;
}

/* A dlopen whose caller's frame we are in again, or above, has returned. */
static inline void look_at_modules(uintptr_t sp)
{
	if (UNLIKELY(guard.opening) && sp >= guard.opening) {
		guard.opening = 0;
		stack_modules_changed();
	}
}

void emit_acquire(struct thread *thread, uintptr_t frame, const void *block, uint64_t size)
{
	const uintptr_t *saved = (const uintptr_t *)frame;
	struct stack_caller caller = {.ip = saved[1], .sp = frame + 16, .bp = saved[0]};
	uint32_t trace = WIRE_TRACE_ROOT;
	bool saw = false;

	if (UNLIKELY(py.looks))         /* also where this event is not wanted */
		py_look_around(caller.ip);
	if (!tracer_takes(WIRE_MALLOC) || !sample_acquires(&thread->sample, block, size))
		return;
	phase_set(thread, THREAD_OWN);
	look_at_modules(caller.sp);
	if (stack_capture(thread->stack, &caller, 0, &saw, &trace) == STACK_IRREGULAR &&
	    acquire_with_stack(thread, WIRE_MALLOC, block, size))
		return;
	if (UNLIKELY(stack_referee)) {
		thread->phase = THREAD_REAL;    /* what libunwind allocates is ours: no loss */
		stack_referee->judge(thread->stack, &caller, trace);
	}
	if (UNLIKELY(py_is_here()))
		trace = py_merge(thread, trace);
	put_acquire(thread, WIRE_MALLOC, block, size, trace);
}

/* Of the rarer kinds: false if the stack follows no simple rule. */
static bool trace_of(struct thread *thread, uintptr_t frame, uint32_t *trace)
{
	const uintptr_t *saved = (const uintptr_t *)frame;
	struct stack_caller caller = {.ip = saved[1], .sp = frame + 16, .bp = saved[0]};
	bool saw = false, known;

	phase_set(thread, THREAD_OWN);
	look_at_modules(caller.sp);
	known = stack_capture(thread->stack, &caller, 0, &saw, trace) == STACK_TRACE;
	if (!known)
		*trace = WIRE_TRACE_ROOT;
	return known;
}

void emit_map(struct thread *thread, uintptr_t frame, const void *start, uint64_t bytes)
{
	uint32_t trace;

	if (!tracer_wanted())
		return;
	if (!trace_of(thread, frame, &trace) &&
	    acquire_with_stack(thread, WIRE_MMAP, start, bytes))
		return;
	if (UNLIKELY(py_is_here()))
		trace = py_merge(thread, trace);
	put_acquire(thread, WIRE_MMAP, start, bytes, trace);
}

/* A stack that follows no simple rule stays unknown here: its bytes belong to a
 * block of malloc's, which settles by its address. */
void emit_track(struct thread *thread, uintptr_t frame, enum wire_domain domain,
		const void *block, uint64_t size)
{
	uint32_t trace;

	trace_of(thread, frame, &trace);
	if (UNLIKELY(py_is_here()))
		trace = py_merge(thread, trace);
	put_acquire(thread, domain, block, size, trace);
}

void emit_python(struct thread *thread, bool gil, const void *block, uint64_t size)
{
	if (!tracer_takes(WIRE_PYTHON) || !sample_acquires(&thread->sample, block, size))
		return;
	phase_set(thread, THREAD_OWN);
	thread->fresh = (uintptr_t)block;
	put_acquire(thread, WIRE_PYTHON, block, size, py_trace(thread, gil));
}

void emit_again(struct thread *thread, const void *block)
{
	if (!tracer_takes(WIRE_PYTHON))
		return;
	phase_set(thread, THREAD_OWN);
	if (!(full_any() && full_has(WIRE_PYTHON, (uintptr_t)block, FULL_UNSEEN)) &&
	    put_now(thread, WIRE_PYTHON, WIRE_AGAIN, (uintptr_t)block, 0, py_trace(thread, true),
		    WIRE_RING_ENDS, THREAD_OWN))
		return;
	/* One object has ended and one of its size has begun, unseen. */
	full_count(thread, WIRE_LOST_ALLOCATION, 1);
	full_count(thread, WIRE_LOST_FREE, 1);
}
