/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_SEGMENT_NEIGHBOUR_H
#define TRACER_PRELOAD_SEGMENT_NEIGHBOUR_H
/*
 * The node that directly follows its parent in the table.  The nodes of a new stack are
 * added one after the other, the oldest first.  So the first child of most nodes is their
 * neighbour, and a deep stack is found cache line by cache line, without the hash.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tracer/ground/shared/attributes.h"
#include "tracer/preload/segment/table.h"

extern struct intern_words {
	const _Atomic uint32_t *count;  /* of words; the program may have written over it */
	_Atomic(char *) *piece;         /* NULL where no word is: nothing was mapped */
	uint32_t end;                   /* of all indexes for which there is a piece */
} intern_words __attribute__((visibility("hidden")));

/* The part of the table that a walk from node to node is in.  Empty at first. */
struct intern_part {
	uintptr_t base;                 /* where the word of index 0 would be */
	uint32_t first, end;            /* the indexes that are there */
};

/* The one that has this index, empty if none has. */
static inline struct intern_part intern_part_of(uint32_t index)
{
	const uint32_t each = WIRE_PIECE_BYTES / sizeof(uint64_t), first = index / each * each;
	uint32_t end = atomic_load_explicit(intern_words.count, memory_order_acquire);
	if (end > intern_words.end)
		end = intern_words.end;
	if (index >= end)
		return (struct intern_part){0};
	uintptr_t words = (uintptr_t)atomic_load_explicit(&intern_words.piece[index / each],
							  memory_order_acquire);
	end = end - first < each ? end : first + each;
	return (struct intern_part){words - first * sizeof(uint64_t), first, words ? end : 0};
}

static ALWAYS_INLINE bool intern_has(const struct intern_part *part, uint32_t index)
{
	return index >= part->first && index < part->end;
}

/* In a walk: true if intern_neighbour finds the word. */
static ALWAYS_INLINE bool intern_beside(struct intern_part *part, uint32_t parent,
					uint64_t word)
{
	uint32_t index = parent + 1;
	if (UNLIKELY(index >= part->end)) {
		*part = intern_part_of(index);  /* (the same, if it has grown) */
		if (!part->end)
			return false;
	}
	/* Pairs with insert's store of the word. */
	const _Atomic uint64_t *there = (const void *)(part->base + index * sizeof(uint64_t));
	return atomic_load_explicit(there, memory_order_acquire) == word;
}

/* The walk goes on at this node, which is not the neighbour of the last one. */
static ALWAYS_INLINE void intern_elsewhere(struct intern_part *part, uint32_t node)
{
	if (node < part->first)
		part->end = 0;
}

/* The node after `parent`, if it is `word`, else 0. */
static ALWAYS_INLINE uint32_t intern_neighbour(uint32_t parent, uint64_t word)
{
	struct intern_part part = {0};
	return intern_beside(&part, parent, word) ? parent + 1 : 0;
}

#endif
