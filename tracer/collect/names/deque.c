/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ring buffer that doubles when it is full. */
#include "tracer/collect/names/deque.h"

#include <stdlib.h>

bool deque_push(struct deque *deque, uint32_t id)
{
	if (deque_length(deque) == deque->room) {
		size_t room = deque->room ? deque->room * 2 : 1024;
		uint32_t *v = malloc(room * sizeof(*v));
		if (!v)
			return false;
		for (uint64_t i = deque->front; i < deque->back; i++)
			v[i & (room - 1)] = deque->v[i & (deque->room - 1)];
		free(deque->v);
		deque->v = v;
		deque->room = room;
	}
	deque->v[deque->back++ & (deque->room - 1)] = id;
	return true;
}

uint32_t deque_pop(struct deque *deque, bool newest)
{
	uint64_t at = newest ? --deque->back : deque->front++;
	return deque->v[at & (deque->room - 1)];
}
