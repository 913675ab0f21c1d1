/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_ARRAY_H
#define TRACER_GROUND_ARRAY_H
/*
 * An array that doubles its room when it is full.  Its owner keeps the pointer, the room
 * and the length; `array` is the address of the pointer, and `room` counts items.
 */
#include <stdbool.h>
#include <stddef.h>

/* Makes room for `need` items of `item` bytes each.  False: out of memory, and nothing
 * has changed.  New items are not zeroed. */
bool array_double(void *array, size_t *room, size_t need, size_t item);
static inline bool array_grow(void *array, size_t *room, size_t need, size_t item)
{
	return need <= *room || array_double(array, room, need, item);
}

#endif
