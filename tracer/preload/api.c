/* SPDX-License-Identifier: MIT */
/*
 * What share/include/memtop.h finds by dlsym: one function.  A call is a
 * record in this thread's ring; memtop answers in the ring's reply when it has
 * read all of this thread's earlier events, so its figures are exact.
 */
#include "tracer/preload/api.h"
#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include "tracer/preload/clock.h"
#include "tracer/preload/emit.h"
#include "tracer/preload/hook.h"

#define PATIENCE_NANOSECONDS UINT64_C(1000000000)

/* memtop.h's numbers, which never change, to wire's. */
static const uint32_t operations[] = {
	[MEMTOP_ABI_MEMORY] = WIRE_CALL_MEMORY,
	[MEMTOP_ABI_SNAPSHOT] = WIRE_CALL_SNAPSHOT,
	[MEMTOP_ABI_MARK] = WIRE_CALL_MARK,
};
#define OPERATIONS (sizeof(operations) / sizeof(*operations))

static int wait_for_reply(struct thread *thread, uint32_t sequence)
{
	struct wire_ring *ring = thread->writer.ring;
	uint64_t since = clock_nanoseconds();

	for (;;) {
		/* Acquire pairs with the reader's store: status and values come first. */
		uint32_t seen = atomic_load_explicit(&ring->reply.sequence,
						     memory_order_acquire);
		uint64_t waited = clock_nanoseconds() - since;
		struct timespec left = {0};

		if (seen == sequence)
			return 0;
		if (waited >= PATIENCE_NANOSECONDS)
			return -ETIMEDOUT;
		left.tv_nsec = (long)(PATIENCE_NANOSECONDS - waited - 1);
		emit_wake();
		sys_call6(SYS_futex, (long)&ring->reply.sequence, FUTEX_WAIT, (long)seen,
			  (long)&left, 0, 0);
	}
}

static int call(struct thread *thread, uint32_t operation, const char *text, uint64_t length,
		uint64_t *values)
{
	struct wire_ring *ring = thread->writer.ring;
	struct wire_call record = {
		.head = {.bytes = (uint32_t)(sizeof(record) + length), .detail = operation},
		.sequence = ++thread->sequence,
		.text_length = (uint32_t)length,
	};
	int r;

	if (!emit_record(thread, WIRE_CALL, &record.head, text, (uint32_t)length))
		return -ETIMEDOUT;
	r = wait_for_reply(thread, record.sequence);
	if (r < 0)
		return r;
	if (values)
		memcpy(values, ring->reply.value, sizeof(ring->reply.value));
	return ring->reply.status;
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
	if (length > WIRE_TEXT_MAX)
		return -EMSGSIZE;
	place = hook_enter(frame, HOOK_RELEASES);
	if (place == HOOK_NESTED)
		return -EBUSY;          /* from a signal handler inside a hook */
	if (place == HOOK_OUT)
		return -ENOSYS;
	r = tracer_wanted() ? call(guard.thread, operations[operation], text, length, values)
			    : -ENOSYS;
	hook_leave();
	return r;
}
