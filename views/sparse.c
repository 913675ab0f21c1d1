/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Three levels of pages for ids, linear probing for hashes.  Both only grow;
 * a table makes them, fills them once and lets them go.
 */
#include "views/sparse.h"
#include <stdlib.h>
#include <string.h>

uint32_t *sparse_at(struct sparse *sparse, uint32_t id)
{
	uint32_t ***middle = &sparse->middle[id >> 21];
	uint32_t **page;

	if (!*middle) {
		*middle = calloc(2048, sizeof(**middle));
		if (!*middle)
			return NULL;
		sparse->bytes += 2048 * sizeof(**middle);
	}
	page = &(*middle)[id >> 10 & 2047];
	if (!*page) {
		*page = calloc(1024, sizeof(**page));
		if (!*page)
			return NULL;
		sparse->bytes += 1024 * sizeof(**page);
	}
	return *page + (id & 1023);
}

void sparse_free(struct sparse *sparse)
{
	for (unsigned i = 0; i < 2048; i++) {
		if (!sparse->middle[i])
			continue;
		for (unsigned j = 0; j < 2048; j++)
			free(sparse->middle[i][j]);
		free(sparse->middle[i]);
	}
	memset(sparse, 0, sizeof(*sparse));
}

static void slot_set(struct index *index, struct index_slot slot)
{
	size_t at = slot.hash;

	while (index->slots[at & index->mask].value)
		at++;
	index->slots[at & index->mask] = slot;
}

static bool index_grow(struct index *index)
{
	size_t length = index->slots ? (index->mask + 1) * 2 : 64;
	struct index bigger = {calloc(length, sizeof(*index->slots)), length - 1, index->used};

	if (!bigger.slots)
		return false;
	for (size_t i = 0; index->slots && i <= index->mask; i++) {
		if (index->slots[i].value)
			slot_set(&bigger, index->slots[i]);
	}
	free(index->slots);
	*index = bigger;
	return true;
}

bool index_put(struct index *index, uint32_t hash, uint32_t value)
{
	if ((!index->slots || index->used * 4 > index->mask * 3) && !index_grow(index))
		return false;
	slot_set(index, (struct index_slot){hash, value});
	index->used++;
	return true;
}

void index_free(struct index *index)
{
	free(index->slots);
	*index = (struct index){0};
}

bool array_grow(void *array, size_t *room, size_t need, size_t item)
{
	size_t more = *room ? *room : 16;
	void *old, *moved;

	if (need <= *room)
		return true;
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
