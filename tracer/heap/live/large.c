/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear probing; when a block leaves, those after it move nearer to their homes. */
#include "tracer/heap/live/large.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LARGE_LEAST 16u

void large_free(struct large *large, struct heap_budget *budget)
{
	budget_give(budget, large->room * sizeof(*large->blocks));
	free(large->blocks);
	*large = (struct large){ 0 };
}

static uint32_t large_home(const struct large *large, uint64_t address)
{
	return (uint32_t)(address * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (large->room - 1);
}

/* The index of the address, or of the free slot where it would be. */
static uint32_t large_find(const struct large *large, uint64_t address)
{
	uint32_t at = large_home(large, address);

	while (large->blocks[at].address && large->blocks[at].address != address)
		at = (at + 1) & (large->room - 1);
	return at;
}

int large_reserve(struct large *large, struct heap_budget *budget)
{
	struct large more = { .room = large->room ? large->room * 2 : LARGE_LEAST };

	if (large->used < large->room / 2)
		return 0;
	if (!more.room || !budget_take(budget, more.room * sizeof(*more.blocks)))
		return -ENOMEM;
	more.blocks = calloc(more.room, sizeof(*more.blocks));
	if (!more.blocks) {
		budget_give(budget, more.room * sizeof(*more.blocks));
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < large->room; i++)
		if (large->blocks[i].address)
			large_set(&more, large->blocks[i].address, large->blocks[i].size);
	assert(more.used == large->used);
	large_free(large, budget);
	*large = more;
	assert(large->used < large->room / 2);
	return 0;
}

void large_set(struct large *large, uint64_t address, uint64_t size)
{
	assert(address && large->room && !(large->room & (large->room - 1)));
	struct large_block *block = &large->blocks[large_find(large, address)];

	large->used += !block->address;
	*block = (struct large_block){ address, size };
	assert(large->used <= large->room / 2);         /* a search finds its end */
}

uint64_t large_size(const struct large *large, uint64_t address)
{
	const struct large_block *block = &large->blocks[large_find(large, address)];

	assert(block->address == address);
	return block->size;
}

void large_take(struct large *large, uint64_t address)
{
	uint32_t mask = large->room - 1, gap = large_find(large, address);

	assert(large->blocks[gap].address == address);
	for (uint32_t at = (gap + 1) & mask; large->blocks[at].address; at = (at + 1) & mask) {
		uint32_t home = large_home(large, large->blocks[at].address);

		if (((at - home) & mask) < ((at - gap) & mask))
			continue;
		large->blocks[gap] = large->blocks[at];
		gap = at;
	}
	large->blocks[gap] = (struct large_block){ 0 };
	assert(large->used);
	large->used--;
}

int large_copy(struct large *to, const struct large *from, struct heap_budget *budget)
{
	size_t bytes = from->room * sizeof(*from->blocks);

	assert(!to->blocks);
	if (!bytes)
		return 0;
	if (!budget_take(budget, bytes))
		return -ENOMEM;
	to->blocks = malloc(bytes);
	if (!to->blocks) {
		budget_give(budget, bytes);
		return -ENOMEM;
	}
	memcpy(to->blocks, from->blocks, bytes);
	to->room = from->room;
	to->used = from->used;
	return 0;
}

uint64_t large_bytes(const struct large *large)
{
	return large->room * sizeof(*large->blocks);
}
