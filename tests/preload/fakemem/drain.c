/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the rings to the list of events. */
#include "tests/preload/fakemem/fakemem.h"

#include <stdlib.h>
#include <string.h>

static void keep(struct segment *s, struct record record)
{
	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 1u << 16;
		s->records = realloc(s->records, s->room * sizeof(*s->records));
		if (!s->records)
			die("events");
	}
	record.order = s->count;
	s->records[s->count++] = record;
}

/* All that other threads published before is read too: a call is exact. */
static void answer(struct segment *s, struct wire_ring *ring, const struct wire_call *call)
{
	replay(s);
	ring->reply.status = 0;
	ring->reply.value[0] = call->head.detail == WIRE_CALL_MEMORY ? s->figures.current : s->calls;
	ring->reply.value[1] = s->peak;
	atomic_store_explicit(&ring->reply.sequence, call->sequence, memory_order_release);
	wake(&ring->reply.sequence);
}

/* One record at `tail`; returns the slots it takes. */
static uint64_t take(struct segment *s, struct wire_ring *ring, uint32_t index, uint64_t tail)
{
	struct record record = {.event = ring->slot[tail % WIRE_RING_SLOTS], .ring = index};
	unsigned kind = wire_event_kind(&record.event);
	struct wire_call call = {0};
	uint64_t slots = 1;

	if (kind >= WIRE_EXTENDED) {
		/* Two slots hold all of the headers that are looked at. */
		char bytes[2 * sizeof(struct wire_event)];

		memcpy(bytes, &ring->slot[(tail + 1) % WIRE_RING_SLOTS], 24);
		memcpy(bytes + 24, &ring->slot[(tail + 2) % WIRE_RING_SLOTS], 24);
		memcpy(&call, bytes, sizeof(call));
		slots += wire_payload_slots(call.head.bytes);
		record.irregular = kind == WIRE_ACQUIRE_STACK;
	}
	keep(s, record);
	if (kind == WIRE_CALL)
		answer(s, ring, &call);
	return slots;
}

static bool drain_ring(struct segment *s, uint32_t index)
{
	struct wire_ring *ring = ring_of(s, index);
	uint32_t state = atomic_load_explicit(&ring->state, memory_order_acquire);
	uint64_t head = ring_peek(ring), tail = ring->tail, start = tail;

	if (options.lazy && !ring->room_wanted && state == WIRE_RING_CLAIMED)
		return false;
	if (options.discard)
		tail = head;
	while (tail < head)
		tail += take(s, ring, index, tail);
	if (tail != head)
		s->nonsense++;
	ring_release(ring, tail);
	if (atomic_exchange(&ring->room_wanted, 0))
		wake(&ring->room_wanted);
	if (state == WIRE_RING_RETIRED && tail == ring_peek(ring))
		atomic_store_explicit(&ring->state, WIRE_RING_FREE, memory_order_release);
	return tail != start;
}

bool drain(struct segment *s)
{
	bool any = false;

	rings_ahead(s);
	for (uint32_t i = 0; i < s->control->rings && i < RINGS; i++)
		any |= drain_ring(s, i);
	s->control->reader_beat++;
	return any;
}
