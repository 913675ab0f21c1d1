/* SPDX-License-Identifier: MIT */
/*
 * Programs may begin and end threads by the thousand.  A ring is claimed by one compare
 * and swap of its state (FREE -> CLAIMED), so two threads can never write to the same
 * one.  It is given to the reader as RETIRED, which frees it once it has read all of it.
 */
#include "tracer/preload/life/thread_life.h"
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include "tracer/preload/base/arena.h"
#include "tracer/preload/base/clock.h"
#include "tracer/preload/ring/emit.h"
#include "tracer/preload/base/guard.h"
#include "tracer/preload/base/identity.h"
#include "tracer/preload/life/seats.h"
#include "tracer/preload/python/py.h"
#include "tracer/preload/ring/room.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/segment/table.h"
#include "tracer/preload/ring/thread.h"
#include "tracer/preload/base/affairs.h"
#include "tracer/preload/base/tracer.h"

#define RINGS_TRIES 4096u
#define THREADS_KNOWN 3u                /* tracer.threads: affairs_change has said it */
#define SPINS_A_LOOK 1024u
#define KEYS_AT_HAND 32u                /* glibc keeps the values of the first in the thread */

/* Ring `index`, mapped, or NULL while memtop has not allocated it. */
static struct wire_ring *ring_at(uint32_t index)
{
	return table_at(WIRE_RINGS, (uint64_t)index * WIRE_RING_BYTES, WIRE_RING_BYTES);
}

static bool ring_claim(struct wire_ring *ring)
{
	uint32_t free = WIRE_RING_FREE;

	/* Acquire pairs with the reader's store of FREE: it has drained the ring. */
	return ring && atomic_compare_exchange_strong_explicit(
			       &ring->state, &free, WIRE_RING_CLAIMED, memory_order_acquire,
			       memory_order_relaxed);
}

/* Whether the reader has given a ring back. */
static bool ring_is_back(void)
{
	uint32_t known = atomic_load_explicit(&tracer.control->rings, memory_order_acquire);
	const struct wire_ring *ring = NULL;
	bool back = false;

	for (uint32_t i = 0; i < known && !back && (ring = ring_at(i)); i++)
		back = atomic_load_explicit(&ring->state, memory_order_relaxed) == WIRE_RING_FREE;
	return back;
}

/* Adds a ring to the known ones.  False if there can be no more.  Where short threads follow
 * one another memtop adds none: the reader has only to read those that they left. */
static bool ring_add(uint32_t known)
{
	struct wire_control *control = tracer.control;
	uint64_t end = (known + UINT64_C(1)) * WIRE_RING_BYTES;

	if (table_wait_or(WIRE_RINGS, end, ring_is_back) < 0)
		return false;
	if (atomic_load(&control->ready[WIRE_RINGS]) < end)
		return true;            /* the caller takes the one that is back */
	/* While no system call may be made, a new ring cannot be mapped: it can be used
	 * only if it was mapped ahead. */
	if (sys_closed() && !table_mapped(WIRE_RINGS, end - WIRE_RING_BYTES, WIRE_RING_BYTES))
		return false;
	/* If this fails, another thread has added a ring meanwhile, and the caller tries
	 * that one. */
	atomic_compare_exchange_strong(&control->rings, &known, known + 1);
	return true;
}

static struct wire_ring *ring_free(uint32_t known)
{
	for (uint32_t i = 0; i < known; i++) {
		struct wire_ring *ring = ring_at(i);

		if (!ring)
			/* This ring is not mapped, and so none after it is. */
			break;
		if (ring_claim(ring))
			return ring;
	}
	return NULL;
}

/* Whether some thread has left its ring, so that the reader will free it as soon as it
 * has read the rest. */
static bool ring_comes(uint32_t known)
{
	for (uint32_t i = 0; i < known; i++) {
		const struct wire_ring *ring = ring_at(i);

		if (!ring)
			break;
		if (atomic_load_explicit(&ring->state, memory_order_relaxed) == WIRE_RING_RETIRED)
			return true;
	}
	return false;
}

/* Used when no more rings can be had: spins until the reader gives one back. */
static struct wire_ring *ring_spin(uint32_t known)
{
	struct wire_ring *ring = NULL;

	for (uint32_t left = ROOM_SPINS; left && !ring; left--) {
		machine_pause();
		if (left % SPINS_A_LOOK)
			continue;
		ring = ring_free(known);
		if (!ring && !ring_comes(known))
			break;
	}
	return ring;
}

static struct wire_ring *ring_find(void)
{
	/* The number of tries is bounded, because the program may overwrite the shared
	 * page with nonsense, which would make us search for ever. */
	for (unsigned tries = 0; tries < RINGS_TRIES; tries++) {
		/* Acquire: as ring_at has them. */
		uint32_t known = atomic_load_explicit(&tracer.control->rings,
						      memory_order_acquire);
		struct wire_ring *ring = ring_free(known);

		if (ring)
			return ring;
		if (room_stalled())
			return NULL;
		if (!ring_add(known))
			return sys_closed() ? ring_spin(known) : NULL;
	}
	return NULL;
}

/* Takes the area that an ended thread has left; NULL: there is none. */
static struct thread *area_left(void)
{
	struct thread *thread = NULL;

	for (unsigned i = 0; i < TRACER_SPARE_QUIET && !thread; i++)
		/* Pairs with area_leave: the area is whole again. */
		thread = atomic_exchange(&tracer.spare[i], NULL);
	return thread;
}

static struct thread *area_map(void)
{
	uint64_t state = stack_state_bytes();
	uint64_t bytes = state + sizeof(struct thread);
	struct thread *thread = area_left();
	char *area;

	if (thread && thread->bytes == bytes)
		return thread;
	if (thread)                     /* of an earlier memtop's --nframe */
		arena_unmap(thread->stack, thread->bytes);
	area = arena_map(bytes);
	if (!area)
		return NULL;
	thread = (struct thread *)(void *)(area + state);
	thread->stack = (struct stack_state *)(void *)area;
	thread->bytes = bytes;
	return thread;
}

/*
 * Areas of ended threads are kept for new ones: programs that begin and end threads all
 * the time then find their areas mapped, with what they know of code.  A forked child
 * inherits them, and drops their knowledge with the epoch.
 */
static void area_leave(struct thread *thread)
{
	struct stack_state *stack = thread->stack;
	uint64_t bytes = thread->bytes;
	unsigned most = sys_closed() ? TRACER_SPARE_QUIET : TRACER_SPARE;

	if (thread->python)
		arena_unmap(thread->python, py_state_bytes());
	stack_state_reset(stack);
	*thread = (struct thread){.stack = stack, .bytes = bytes};
	for (unsigned i = 0; i < most; i++) {
		struct thread *none = NULL;

		if (atomic_compare_exchange_strong(&tracer.spare[i], &none, thread))
			return;
	}
	arena_unmap(stack, bytes);
}

/* Before the first event of a second thread is stamped, and before anything that it does
 * to memory can be seen, the first thread must know of it: see put.h. */
static void count_thread(void)
{
	uint32_t before = 0;

	if (atomic_compare_exchange_strong(&tracer.threads, &before, 1) || before == THREADS_KNOWN)
		return;
	atomic_store(&tracer.threads, 2);
	affairs_change();
	atomic_store(&tracer.threads, THREADS_KNOWN);
}

static void ring_adopt(struct thread *thread, struct wire_ring *ring)
{
	count_thread();
	thread->ticks = clock_ticks();
	thread->tid = sys_closed() ? identity_tid() : (int32_t)sys_call3(SYS_gettid, 0, 0, 0);
	thread->writer.ring = ring;
	thread->writer.head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	thread->writer.tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	thread->sequence = atomic_load_explicit(&ring->reply.sequence, memory_order_relaxed);
	atomic_store_explicit(&ring->tid, thread->tid, memory_order_relaxed);
}

static void announce(struct thread *thread, enum wire_kind kind)
{
	struct wire_thread record = {
		.head = {.bytes = sizeof(record)},
		.tid = thread->tid,
	};

	if (sys_failed(sys_call3(SYS_prctl, PR_GET_NAME, (long)record.name, 0)) &&
	    kind == WIRE_THREAD_BEGIN)
		memcpy(record.name, identity_name(), sizeof(record.name));
	emit_record(thread, kind, &record.head, NULL, 0);
	thread->phase = THREAD_REAL;
}

void thread_drop(struct thread *thread)
{
	area_leave(thread);
}

/* Finds a ring and an area for this thread.  NULL: one of them can't be had. */
static struct thread *area_find(struct wire_ring **ring)
{
	struct thread *thread;

	*ring = ring_find();
	thread = *ring ? area_map() : NULL;
	if (*ring && !thread)           /* claimed, but no event was written to it */
		atomic_store_explicit(&(*ring)->state, WIRE_RING_FREE, memory_order_release);
	return thread;
}

bool thread_begin(void)
{
	struct wire_ring *ring;
	struct thread *thread = NULL;
	int saved = errno;

	/* The seat is taken before anything of the segment is touched, and taking it is a
	 * barrier: either the thread that puts the tracer to sleep sees that this thread
	 * is inside a hook, or this thread sees that the tracer is no longer ON. */
	if (!seats_take())
		return false;
	if (tracer_life() == TRACER_ON)
		thread = area_find(&ring);
	if (!thread) {
		seats_leave();
		return false;
	}
	ring_adopt(thread, ring);
	sample_begin(&thread->sample);
	thread->stray = guard.ended;
	thread->attention = guard.ended;
	announce(thread, WIRE_THREAD_BEGIN);
	guard.thread = thread;
	/* (libc allocates for the later keys, which may take a system call.) */
	if (!guard.ended && (!sys_closed() || tracer.key < KEYS_AT_HAND))
		pthread_setspecific(tracer.key, thread);
	errno = saved;
	return true;
}

void thread_count_nested(struct thread *thread)
{
	atomic_fetch_add_explicit(&tracer.control->nested, thread->nested, memory_order_relaxed);
	thread->nested = 0;
}

void thread_end(struct thread *thread)
{
	struct wire_ring *ring = thread->writer.ring;

	guard.thread = NULL;
	guard_look_again();
	thread_count_nested(thread);
	announce(thread, WIRE_THREAD_END);
	room_wake();
	/* Release pairs with the reader's load of state: the last record is there. */
	atomic_store_explicit(&ring->state, WIRE_RING_RETIRED, memory_order_release);
	area_leave(thread);
	seats_leave();
}

static void scratch_unmap(struct guard_scratch *piece)
{
	arena_unmap(piece->at, piece->bytes);
	piece->at = NULL;
	piece->bytes = 0;
}

/* A thread ends while the tracer sleeps, or is about to. */
static void end_asleep(void)
{
	struct thread *thread;

	seats_leave();                  /* from here on nobody else looks at the guard */
	thread = guard.thread;
	guard.thread = NULL;
	guard_look_again();
	guard.ended = true;
	if (thread)
		area_leave(thread);
}

void thread_key_end(void *area)
{
	struct thread *thread = area;

	if (tracer.standby && tracer_life() != TRACER_ON) {
		end_asleep();
		return;
	}
	if (tracer_life() != TRACER_ON || thread != guard.thread)
		return;
	/* Destructors of other keys call free too, so this one tries to be the last. */
	if (++thread->rounds < PTHREAD_DESTRUCTOR_ITERATIONS &&
	    pthread_setspecific(tracer.key, thread) == 0)
		return;
	guard.ended = true;
	guard.frame = MACHINE_FRAME;
	scratch_unmap(&guard.environment);
	scratch_unmap(&guard.arguments);
	thread_end(thread);
	guard.frame = 0;
}
