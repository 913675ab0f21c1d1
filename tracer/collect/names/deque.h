/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_DEQUE_H
#define TRACER_COLLECT_NAMES_DEQUE_H
/* Site ids that wait, taken from both ends. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* front and back count all ids that were ever queued or taken, so they only grow; the
 * place in v[] is the count modulo room.  All zero: empty.  v is the owner's to free. */
struct deque {
	uint32_t *v;
	size_t room;                    /* a power of two */
	uint64_t front, back;
};

/* False: out of memory, and the id is not there. */
bool deque_push(struct deque *deque, uint32_t id);
/* The oldest or the newest id, which is no longer there; the deque is not empty. */
uint32_t deque_pop(struct deque *deque, bool newest);

static inline uint64_t deque_length(const struct deque *deque)
{
	return deque->back - deque->front;
}

static inline bool deque_any(const struct deque *deque) { return deque_length(deque) > 0; }

#endif
