/* SPDX-License-Identifier: MIT */
#ifndef TRACER_WIRE_RING_H
#define TRACER_WIRE_RING_H
/*
 * A ring: one producer (a thread of the target), one consumer (memtop's
 * reader).  Counters only grow; slot = counter & (WIRE_RING_SLOTS - 1).
 * The producer owns head, the consumer owns tail; each has its cache line,
 * and each keeps a private copy of the other's, reloaded only when the copy
 * says full or empty.
 */
#include "tracer/wire/call.h"

#ifndef WIRE_RING_SLOTS
#define WIRE_RING_SLOTS 8192u           /* a power of two; tests may build with 4 */
#endif

/*
 * The last part of a ring is kept for the ends of blocks: the beginning of a block is
 * written only if this much room remains.  So a thread with no more recorded live blocks
 * than this loses none of their ends, however late the reader comes.
 */
#define WIRE_RING_ENDS (WIRE_RING_SLOTS / 4)

/* FREE -> (CAS by a thread) CLAIMED -> (its end) RETIRED -> (reader, drained) FREE */
enum wire_ring_state { WIRE_RING_FREE, WIRE_RING_CLAIMED, WIRE_RING_RETIRED };

struct wire_ring {
	_Alignas(64) _Atomic uint64_t head;     /* slots ever written; producer */
	_Alignas(64) _Atomic uint64_t tail;     /* slots ever read; consumer */
	_Atomic uint32_t room_wanted;           /* futex: producer waits for room; see ring_release */
	_Alignas(64) _Atomic uint32_t state;    /* enum wire_ring_state */
	_Atomic int32_t tid;                    /* of the owner, as it sees itself */
	_Atomic uint64_t lost[WIRE_LOSSES];     /* events that found no room; only the
						 * sums over all rings are right, as one
						 * ring may report what another lost */
	struct {
		_Atomic uint32_t sequence;      /* futex: of the last answered call */
		int32_t status;                 /* 0 or -errno */
		uint64_t value[2];
	} reply;
	_Alignas(64) struct wire_event slot[WIRE_RING_SLOTS];
	char reply_text[WIRE_REPLY_MAX];        /* of an answer that has one, terminated */
};
/* The distance from one ring to the next in their region: whole pages. */
#define WIRE_RING_BYTES ((sizeof(struct wire_ring) + 4095) / 4096 * 4096)

/* Producer's view: the ring and its private copies. */
struct ring_writer {
	struct wire_ring *ring;
	uint64_t head;                  /* own copy of ring->head */
	uint64_t tail;                  /* last tail seen */
};

/* Slots that are free for writing; it may be more than the result once that reaches
 * `want`. */
static inline uint64_t ring_room(struct ring_writer *w, uint64_t want)
{
	uint64_t room = WIRE_RING_SLOTS - (w->head - w->tail);
	if (room < want) {
		/* Pairs with ring_release: the slots up to tail have been read. */
		w->tail = atomic_load_explicit(&w->ring->tail, memory_order_acquire);
		room = WIRE_RING_SLOTS - (w->head - w->tail);
	}
	return room;
}

/* Writes one slot at head + ahead; not visible until ring_publish. */
static inline void ring_put(struct ring_writer *w, uint64_t ahead, struct wire_event event)
{
	w->ring->slot[(w->head + ahead) & (WIRE_RING_SLOTS - 1)] = event;
}

/* Makes `count` slots visible.  The caller checked ring_room(w, count). */
static inline void ring_publish(struct ring_writer *w, uint64_t count)
{
	w->head += count;
	/* Pairs with ring_peek: slots and table entries stored before are seen. */
	atomic_store_explicit(&w->ring->head, w->head, memory_order_release);
}

/* Consumer: the head as published now.  Everything before it may be read. */
static inline uint64_t ring_peek(const struct wire_ring *ring)
{
	/* Pairs with ring_publish. */
	return atomic_load_explicit(&((struct wire_ring *)(uintptr_t)ring)->head,
				    memory_order_acquire);
}

/* Consumer: the slots before `tail` have been read, and the producer may write them
 * again.  If room_wanted is set afterwards, the caller clears it and wakes the futex. */
static inline void ring_release(struct wire_ring *ring, uint64_t tail)
{
	/* Pairs with ring_room: our reads of the slots come before. */
	atomic_store_explicit(&ring->tail, tail, memory_order_release);
}

#endif
