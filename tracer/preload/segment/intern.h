/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_SEGMENT_INTERN_H
#define TRACER_PRELOAD_SEGMENT_INTERN_H
/*
 * A table of the segment whose entries are 64-bit words, each of which has one index.
 * There are two of them: sites, and the nodes of the trace tree.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tracer/preload/segment/table.h"

struct intern;

/* The tables of WIRE_SITES and WIRE_TRACES, empty; after each table_open.  0 or -ENOMEM. */
int intern_start(void);
struct intern *intern_sites(void);
struct intern *intern_nodes(void);

/* The index of `word`, which is not 0; 0 if it is not there. */
uint32_t intern_find(struct intern *table, uint64_t word);

/* Adds a word that intern_find did not know, if that can be done with what is
 * there already: no system call, little stack.  0 if not. */
uint32_t intern_insert(struct intern *table, uint64_t word);

/* Finds or adds; maps memory and waits for memtop where it must.  0 if the word
 * is new and the table is full.  All are lock-free, and a signal handler may use
 * the same table in between. */
uint32_t intern_add(struct intern *table, uint64_t word);

/* Maps what `more` words need, so that intern_insert can add them when memtop has
 * allocated their entries. */
void intern_map_ahead(struct intern *table, uint32_t more);

/*
 * The node that directly follows `parent` in the table, if it is `word`, else 0.  The
 * nodes of a new stack are added one after the other, the oldest first.  So the first
 * child of most nodes is their neighbour, and a deep stack is found cache line by cache
 * line, without the hash.
 */
extern struct intern_words {
	const _Atomic uint32_t *count;  /* of words; the program may have written over it */
	_Atomic(char *) *piece;         /* NULL where no word is: nothing was mapped */
	uint32_t end;                   /* of all indexes for which there is a piece */
} intern_words __attribute__((visibility("hidden")));

/* The part of the table that a walk from node to node is in.  Empty at first. */
struct intern_part {
	const _Atomic uint64_t *words;
	uint32_t first, count;          /* their indexes */
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
	const _Atomic uint64_t *words = (const void *)atomic_load_explicit(
		&intern_words.piece[index / each], memory_order_acquire);
	uint32_t count = end - first < each ? end - first : each;
	return (struct intern_part){words, first, words ? count : 0};
}

/* In a walk: true if intern_neighbour finds the word. */
static inline __attribute__((always_inline)) bool
intern_beside(struct intern_part *part, uint32_t parent, uint64_t word)
{
	uint32_t index = parent + 1;
	if (__builtin_expect(index - part->first >= part->count, 0))
		*part = intern_part_of(index);  /* (the same, if it has grown) */
	if (index - part->first >= part->count)
		return false;
	/* Pairs with insert's store of the word. */
	const _Atomic uint64_t *there = &part->words[index - part->first];
	return atomic_load_explicit(there, memory_order_acquire) == word;
}

static inline __attribute__((always_inline)) uint32_t intern_neighbour(uint32_t parent,
								       uint64_t word)
{
	struct intern_part part = {0};
	return intern_beside(&part, parent, word) ? parent + 1 : 0;
}

/* Adds the node directly after its parent if nothing was added since the parent was, as
 * the node is new then.  Otherwise, or if its piece is not mapped, 0. */
uint32_t intern_first_child(uint32_t parent, uint64_t word);

/* The node `word`, whose parent is `parent`, if intern_neighbour did not find it; a first
 * child that is new is added.  0: it is another new one, or adding it may wait. */
uint32_t intern_child(uint32_t parent, uint64_t word);

/* Adds such a new one, as by intern_insert; 0: that may wait or map memory. */
uint32_t intern_new_child(uint32_t parent, uint64_t word);

/* True if no word will ever be added any more. */
bool intern_full(const struct intern *table);

/* The word at `index`, 0 if there is none. */
uint64_t intern_word(const struct intern *table, uint32_t index);

#endif
