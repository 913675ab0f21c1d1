/* SPDX-License-Identifier: MIT */
/*
 * The single function that share/include/memtop.h finds by dlsym.  A call is a record in
 * this thread's ring; memtop writes the ring's reply once it has read all of this
 * thread's earlier events, so its figures are exact.
 */
#include "tracer/preload/hooks/api.h"
#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include "tracer/preload/base/clock.h"
#include "tracer/preload/ring/emit.h"
#include "tracer/preload/hooks/hook.h"
#include "tracer/preload/ring/room.h"
#include "tracer/preload/base/wanted.h"
#include "tracer/wire/call.h"

#define SECOND UINT64_C(1000000000)
#define PATIENCE (10 * SECOND)                  /* naming lines takes time, and machines
						 * are busy */
#define LOOK_PATIENCE (120 * SECOND)            /* of hundreds of millions of blocks */
#define SLICE (SECOND / 4)                      /* between two checks whether memtop is
						 * alive */

/* Translates memtop.h's numbers, which never change, to those of wire.h. */
static const struct operation {
	uint32_t wire;
	bool text;                      /* it has a text */
	bool message;                   /* `text` is for the answer */
	bool paused;                    /* allowed while tracing is stopped */
	bool tracks;                    /* it is an event, and has no reply */
	bool looks;                     /* it makes a look, which takes its time */
} operations[] = {
	[MEMTOP_ABI_MEMORY] = {.wire = WIRE_CALL_MEMORY, .paused = true},
	[MEMTOP_ABI_SNAPSHOT] = {.wire = WIRE_CALL_SNAPSHOT, .text = true},
	[MEMTOP_ABI_MARK] = {.wire = WIRE_CALL_MARK, .text = true, .paused = true},
	[MEMTOP_ABI_RESET_PEAK] = {.wire = WIRE_CALL_RESET_PEAK, .paused = true},
	[MEMTOP_ABI_CLEAR] = {.wire = WIRE_CALL_CLEAR, .paused = true},
	[MEMTOP_ABI_START] = {.wire = WIRE_CALL_START, .paused = true},
	[MEMTOP_ABI_STOP] = {.wire = WIRE_CALL_STOP, .paused = true},
	[MEMTOP_ABI_CEILING] = {.wire = WIRE_CALL_CEILING, .message = true},
	[MEMTOP_ABI_GROWTH] = {.wire = WIRE_CALL_GROWTH, .message = true},
	[MEMTOP_ABI_HEAP] = {.wire = WIRE_CALL_LOOK, .text = true, .looks = true},
	[MEMTOP_ABI_UNREACHABLE] = {.wire = WIRE_CALL_UNREACHABLE, .message = true, .looks = true},
	[MEMTOP_ABI_STACKS] = {.wire = WIRE_CALL_STACKS, .message = true},
	[MEMTOP_ABI_TRACK] = {.tracks = true},
	[MEMTOP_ABI_UNTRACK] = {.tracks = true},
};
#define OPERATIONS (sizeof(operations) / sizeof(*operations))

/* For when no system call may be made, and perhaps no clock be read. */
static int spin_for_reply(const struct thread *thread, uint32_t sequence)
{
	struct wire_ring *ring = thread->writer.ring;

	for (uint32_t left = ROOM_SPINS; left; left--) {
		/* Acquire: as below. */
		if (atomic_load_explicit(&ring->reply.sequence, memory_order_acquire) == sequence)
			return 0;
		machine_pause();
	}
	return -ETIMEDOUT;
}

static int wait_for_reply(struct thread *thread, uint32_t sequence, uint64_t patience)
{
	struct wire_ring *ring = thread->writer.ring;
	uint64_t since = sys_closed() ? 0 : clock_nanoseconds();

	while (!sys_closed()) {
		/* Acquire pairs with the reader's store: status and values come first. */
		uint32_t seen = atomic_load_explicit(&ring->reply.sequence,
						     memory_order_acquire);
		uint64_t waited = clock_nanoseconds() - since, rest;
		struct timespec left;

		if (seen == sequence)
			return 0;
		if (waited >= patience)
			return -ETIMEDOUT;
		if (atomic_load(&tracer.control->owner) & WIRE_OWNER_DIED)
			return -ENOSYS;
		rest = patience - waited < SLICE ? patience - waited : SLICE;
		left.tv_sec = (time_t)(rest / SECOND);
		left.tv_nsec = (long)(rest % SECOND);
		room_wake();
		sys_call6(SYS_futex, (long)&ring->reply.sequence, FUTEX_WAIT, (long)seen,
			  (long)&left, 0, 0);
	}
	return spin_for_reply(thread, sequence);
}

static void copy_message(const struct wire_ring *ring, char *text, uint64_t size)
{
	uint64_t n = size < WIRE_REPLY_MAX ? size : WIRE_REPLY_MAX;

	if (!n)
		return;
	memcpy(text, ring->reply_text, n);
	text[n - 1] = 0;
}

static int api_call(struct thread *thread, const struct operation *operation,
		    const char *text, uint64_t length, uint64_t *values)
{
	struct wire_ring *ring = thread->writer.ring;
	uint64_t sent = operation->text ? length : 0;
	struct wire_call record = {
		.head = {.bytes = (uint32_t)(sizeof(record) + sent), .detail = operation->wire},
		.sequence = ++thread->sequence,
		.text_length = (uint32_t)sent,
		.value = operation->message && values ? values[0] : 0,
	};
	int r;

	if (!emit_record(thread, WIRE_CALL, &record.head, text, (uint32_t)sent))
		return -ETIMEDOUT;
	r = wait_for_reply(thread, record.sequence, operation->looks ? LOOK_PATIENCE : PATIENCE);
	if (r < 0)
		return r;
	r = ring->reply.status;
	if (values)
		memcpy(values, ring->reply.value, sizeof(ring->reply.value));
	if (r > 0 && operation->message && text)
		copy_message(ring, (char *)(uintptr_t)text, length);
	return r;
}

void api_last_look(struct thread *thread)
{
	static const struct operation last = {.wire = WIRE_CALL_LAST_LOOK, .looks = true};
	static uint64_t looked;         /* the image that has asked already; a forked
					 * child is another one */

	/* A vfork child acts for its parent, which is stopped and will go on. */
	if (!tracer.look_at_end || looked == tracer.image || sys_closed() ||
	    (int32_t)sys_call3(SYS_getpid, 0, 0, 0) != tracer.pid || !tracer_wanted())
		return;
	looked = tracer.image;
	/* Only the kernel may know this thread's alternate stack.  It is on this one as long as
	 * memtop looks. */
	struct { const void *start; int flags; size_t size; } volatile alternate = {0};

	sys_call3(SYS_sigaltstack, 0, (long)&alternate, 0);
	api_call(thread, &last, NULL, 0, NULL);
	(void)alternate.start;
}

/* The event's domain for a number of the program's own: 0 is malloc's, others are given
 * one when they first occur. */
static int domain_place(uint64_t domain)
{
	_Atomic uint32_t *domains = tracer.control->domains;

	if (domain == WIRE_MALLOC)
		return WIRE_MALLOC;
	if (domain < WIRE_DOMAIN_FIRST || domain > UINT16_MAX)
		return -EINVAL;
	for (int i = WIRE_USER; i < WIRE_DOMAINS; i++) {
		uint32_t known = 0;

		if (atomic_compare_exchange_strong(&domains[i], &known, (uint32_t)domain) ||
		    known == domain)
			return i;
	}
	return -ENOSPC;
}

static int track(uintptr_t frame, bool begins, uint64_t domain, const uint64_t *values)
{
	const void *block = (const void *)(uintptr_t)values[0];
	int place = domain_place(domain);

	if (place < 0)
		return place;
	if (!block || (begins && values[1] >> 47))
		return -EINVAL;
	if (guard.thread->sample.every)
		return -EOPNOTSUPP;     /* only malloc's blocks are sampled */
	if (!tracer_takes((enum wire_domain)place))
		return 0;
	if (begins)
		record_track(guard.thread, frame, (enum wire_domain)place, block, values[1]);
	else
		emit_release(guard.thread, (enum wire_domain)place, WIRE_RELEASE, block, 0);
	return 0;
}

static int serve(uintptr_t frame, unsigned operation, const char *text, uint64_t length,
		 uint64_t *values)
{
	const struct operation *asked = &operations[operation];

	if (!(asked->paused ? tracer_answered() : tracer_wanted()))
		return -ENOSYS;
	if (asked->tracks)
		return track(frame, operation == MEMTOP_ABI_TRACK, length, values);
	return api_call(guard.thread, asked, text, length, values);
}

int memtop_abi_1(unsigned operation, const char *text, uint64_t length, uint64_t *values)
{
	uintptr_t frame = HOOK_FRAME;
	enum hook_place place;
	int r;

	if (operation == MEMTOP_ABI_IS_TRACING)
		return tracer_life() == TRACER_ON && tracer_wanted();
	if (operation >= OPERATIONS)
		return -ENOSYS;
	if (operations[operation].text && length > WIRE_TEXT_MAX)
		return -EMSGSIZE;
	place = hook_enter(frame, HOOK_RELEASES);
	if (place == HOOK_NESTED)
		return -EBUSY;          /* a signal handler inside a hook */
	if (place == HOOK_OUT)
		return -ENOSYS;
	r = serve(frame, operation, text, length, values);
	hook_leave();
	return r;
}
