/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Four levels of pages for ids, linear probing for hashes.  Both only grow;
 * a table makes them, fills them once and lets them go.
 */
#include "views/sparse.h"
#include <stdlib.h>
#include <string.h>

uint32_t *sparse_make(struct sparse *sparse, uint32_t id)
{
	uint32_t ****upper = &sparse->upper[id >> 26], ***lower, **page;

	if (!*upper)
		*upper = calloc(256, sizeof(**upper));
	if (!*upper)
		return NULL;
	lower = &(*upper)[id >> 18 & 255];
	if (!*lower)
		*lower = calloc(256, sizeof(**lower));
	if (!*lower)
		return NULL;
	page = &(*lower)[id >> 10 & 255];
	if (!*page)
		*page = calloc(1024, sizeof(**page));
	return *page ? *page + (id & 1023) : NULL;
}

static void free_lower(uint32_t **lower)
{
	for (unsigned i = 0; lower && i < 256; i++)
		free(lower[i]);
	free(lower);
}

void sparse_free(struct sparse *sparse)
{
	for (unsigned i = 0; i < 64; i++) {
		for (unsigned j = 0; sparse->upper[i] && j < 256; j++)
			free_lower(sparse->upper[i][j]);
		free(sparse->upper[i]);
	}
	memset(sparse, 0, sizeof(*sparse));
}

static void slot_set(struct finder *finder, struct finder_slot slot)
{
	size_t at = slot.hash;

	while (finder->slots[at & finder->mask].value)
		at++;
	finder->slots[at & finder->mask] = slot;
}

static bool finder_grow(struct finder *finder, size_t length)
{
	struct finder bigger = {calloc(length, sizeof(*finder->slots)), length - 1, finder->used};

	if (!bigger.slots)
		return false;
	for (size_t i = 0; finder->slots && i <= finder->mask; i++) {
		if (finder->slots[i].value)
			slot_set(&bigger, finder->slots[i]);
	}
	free(finder->slots);
	*finder = bigger;
	return true;
}

bool finder_put(struct finder *finder, uint32_t hash, uint32_t value)
{
	if ((!finder->slots || finder->used * 4 > finder->mask * 3) &&
	    !finder_grow(finder, finder->slots ? (finder->mask + 1) * 2 : 64))
		return false;
	slot_set(finder, (struct finder_slot){hash, value});
	finder->used++;
	return true;
}

bool finder_reserve(struct finder *finder, size_t values)
{
	size_t length = 64;

	while (length * 3 < values * 4)
		length *= 2;
	return (finder->slots && length <= finder->mask + 1) || finder_grow(finder, length);
}

void finder_free(struct finder *finder)
{
	free(finder->slots);
	*finder = (struct finder){0};
}

bool array_double(void *array, size_t *room, size_t need, size_t item)
{
	size_t more = *room ? *room : 16;
	void *old, *moved;

	while (more < need)
		more *= 2;
	memcpy(&old, array, sizeof(old));
	moved = realloc(old, more * item);
	if (!moved)
		return false;
	memcpy(array, &moved, sizeof(moved));
	*room = more;
	return true;
}
