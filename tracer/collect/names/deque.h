/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_DEQUE_H
#define TRACER_COLLECT_NAMES_DEQUE_H
/* Site ids that wait to be named, taken from both ends. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* front and back count all ids that were ever pushed or popped, so they only grow; an
 * id's place in v[] is its count modulo room.  All zero: empty.  The owner frees v. */
struct deque {
	uint32_t *v;
	size_t room;                    /* a power of two */
	uint64_t front, back;
};

/* Appends an id.  False: out of memory, and the id is not in the deque. */
bool deque_push(struct deque *deque, uint32_t id);
/* Removes and returns the oldest or the newest id; the deque must not be empty. */
uint32_t deque_pop(struct deque *deque, bool newest);

static inline uint64_t deque_length(const struct deque *deque)
{
	return deque->back - deque->front;
}

static inline bool deque_any(const struct deque *deque) { return deque_length(deque) > 0; }

#endif
