/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_LOOK_MADE_HEAP_H
#define TESTS_UNIT_LOOK_MADE_HEAP_H
/* Heaps made by hand or at random, and a slow second opinion on who is held. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "tracer/look/graph/graph.h"
#include "tests/random.h"

/* A heap that lies at BASE; memory beyond `bytes` is not there. */
#define BASE UINT64_C(0x555555560000)
#define BYTES 65536u
#define BLOCKS_MAX 512u

struct made {
	struct graph_block blocks[BLOCKS_MAX];
	size_t length;
	unsigned char memory[BYTES] __attribute__((aligned(8)));
	bool missing[BYTES / 4096];     /* pages that are not swept */
	struct { uint32_t root; uint64_t word; } roots[64];
	size_t roots_length;
};

static inline uint64_t add(struct made *made, uint64_t offset, uint64_t size, uint32_t trace)
{
	made->blocks[made->length++] = (struct graph_block){ BASE + offset, size, trace };
	return BASE + offset;
}

static inline void point(struct made *made, uint64_t from, uint64_t to)
{
	memcpy(&made->memory[from - BASE], &to, sizeof(to));
}

static inline void root(struct made *made, uint32_t number, uint64_t word)
{
	made->roots[made->roots_length].root = number;
	made->roots[made->roots_length++].word = word;
}

static inline int feed(struct graph *graph, const struct made *made)
{
	int error = 0;

	/* From the last to the first: the order is the graph's matter. */
	for (size_t i = made->length; !error && i--;)
		error = graph_add(graph, &made->blocks[i]);
	if (!error)
		error = graph_seal(graph);
	for (size_t page = 0; !error && page < BYTES / 4096; page++)
		if (!made->missing[page])
			error = graph_sweep(graph, BASE + page * 4096,
					    made->memory + page * 4096, 4096);
	for (size_t i = 0; !error && i < made->roots_length; i++)
		error = graph_root(graph, made->roots[i].root, &made->roots[i].word, 8);
	return error ? error : graph_mark(graph);
}

/* The second opinion: by each byte, and round after round until nothing changes. */
struct opinion {
	const struct made *made;
	int owner[BYTES];               /* of a byte; -1: none */
	int outer[BLOCKS_MAX];
	enum graph_state states[BLOCKS_MAX];
};

static inline uint64_t extent(const struct graph_block *block)
{
	return block->size ? block->size : 1;
}

/* Whether b lies in a, or would if both began there: what begins later is further in. */
static inline bool further_in(const struct graph_block *b, const struct graph_block *a)
{
	if (a->address != b->address)
		return b->address > a->address;
	return a->size != b->size ? b->size < a->size : b->trace > a->trace;
}

/* The innermost block at an address, among those that `within` is further in than. */
static inline int innermost(const struct made *made, uint64_t address,
		     const struct graph_block *within)
{
	int found = -1;

	for (size_t i = 0; i < made->length; i++) {
		const struct graph_block *block = &made->blocks[i];

		if (address < block->address || address - block->address >= extent(block) ||
		    (within && !further_in(within, block)))
			continue;
		if (found < 0 || further_in(block, &made->blocks[found]))
			found = (int)i;
	}
	return found;
}

/* Says that a pointer leads to `to` from something in that state. */
static inline bool opine(struct opinion *opinion, int to, bool inside, enum graph_state from)
{
	enum graph_state state = inside && from == GRAPH_REACHABLE ? GRAPH_INSIDE : from;

	if (to < 0 || opinion->states[to] >= state)
		return false;
	opinion->states[to] = state;
	return true;
}

static inline bool opine_word(struct opinion *opinion, uint64_t word, enum graph_state from,
			      int own)
{
	int to = word - BASE < BYTES ? opinion->owner[word - BASE] : -1;

	if (to >= 0 && to == own)
		return false;
	return opine(opinion, to, to >= 0 && word != opinion->made->blocks[to].address, from);
}

static inline int owner_of_word(const struct opinion *opinion, size_t at)
{
	for (size_t i = 1; i < 8; i++)
		if (opinion->owner[at + i] != opinion->owner[at])
			return -1;
	return opinion->made->missing[at / 4096] ? -1 : opinion->owner[at];
}

static inline bool opine_once(struct opinion *opinion, bool garbage)
{
	const struct made *made = opinion->made;
	bool changed = false;

	for (size_t at = 0; at < BYTES; at += 8) {
		int own = owner_of_word(opinion, at);
		uint64_t word;

		memcpy(&word, made->memory + at, 8);
		if (own < 0 || (opinion->states[own] <= GRAPH_INDIRECT) != garbage)
			continue;
		changed |= opine_word(opinion, word, garbage ? GRAPH_CYCLE :
					       opinion->states[own], own);
	}
	for (size_t i = 0; !garbage && i < made->length; i++)
		if (opinion->outer[i] >= 0 && opinion->states[i] > GRAPH_INDIRECT)
			changed |= opine(opinion, opinion->outer[i], made->blocks[i].address !=
					 made->blocks[opinion->outer[i]].address,
					 opinion->states[i]);
	return changed;
}

/* Says of one thing more that it hangs from garbage. */
static inline bool opine_hangs(struct opinion *opinion, int to)
{
	if (to < 0 || opinion->states[to] != GRAPH_CYCLE)
		return false;
	opinion->states[to] = GRAPH_INDIRECT;
	return true;
}

static inline bool hangs_from_garbage(const struct opinion *opinion, int block)
{
	return block >= 0 && (opinion->states[block] == GRAPH_GARBAGE ||
			      opinion->states[block] == GRAPH_INDIRECT);
}

static inline bool opine_hangs_once(struct opinion *opinion)
{
	const struct made *made = opinion->made;
	bool changed = false;

	for (size_t at = 0; at < BYTES; at += 8) {
		uint64_t word;

		memcpy(&word, made->memory + at, 8);
		if (word - BASE < BYTES && hangs_from_garbage(opinion, owner_of_word(opinion, at)))
			changed |= opine_hangs(opinion, opinion->owner[word - BASE]);
	}
	for (size_t i = 0; i < made->length; i++)
		if (hangs_from_garbage(opinion, (int)i))
			changed |= opine_hangs(opinion, opinion->outer[i]);
	return changed;
}

static inline void form_opinion(struct opinion *opinion, const struct made *made)
{
	*opinion = (struct opinion){ .made = made };
	for (size_t i = 0; i < BYTES; i++)
		opinion->owner[i] = innermost(made, BASE + i, NULL);
	for (size_t i = 0; i < made->length; i++)
		opinion->outer[i] = innermost(made, made->blocks[i].address, &made->blocks[i]);
	for (size_t i = 0; i < made->roots_length; i++)
		opine_word(opinion, made->roots[i].word, GRAPH_REACHABLE, -1);
	while (opine_once(opinion, false))
		;
	opine_once(opinion, true);
	while (opine_hangs_once(opinion))
		;
}

static inline bool is_new(const struct made *made, const struct graph_block *block)
{
	for (size_t i = 0; i < made->length; i++)
		if (made->blocks[i].address == block->address &&
		    made->blocks[i].size == block->size &&
		    made->blocks[i].trace == block->trace)
			return false;
	return true;
}

/* One that has blocks in blocks, or over each other's ends, if `wild`. */
static inline void random_heap(struct made *made, bool wild)
{
	size_t most = 1 + pick(BLOCKS_MAX - 1);
	uint64_t at = 0;

	*made = (struct made){ .length = 0 };
	while (made->length < most && at < BYTES - 1024) {
		uint64_t size = pick(4) ? pick(100) : pick(2) ? 0 : pick(1000);
		struct graph_block block = { BASE + at, size, (uint32_t)pick(6) };

		if (is_new(made, &block))
			made->blocks[made->length++] = block;
		at += wild ? pick(2) * pick(80) : (size ? size : 1) + pick(64);
	}
	for (size_t i = 0; i < made->length; i++)
		for (uint64_t word = 0; word + 8 <= made->blocks[i].size; word += 8) {
			const struct graph_block *to = &made->blocks[pick(made->length)];

			if (!pick(5))
				point(made, (made->blocks[i].address & ~UINT64_C(7)) + word,
				      to->address + (pick(3) ? 0 : pick(to->size + 2)));
		}
	for (unsigned i = 0; i < pick(20); i++) {
		const struct graph_block *to = &made->blocks[pick(made->length)];

		root(made, (uint32_t)pick(4), pick(5) ? to->address + (pick(2) ? 0 : pick(9)) :
						       pick(UINT64_MAX));
	}
	for (size_t page = 0; page < BYTES / 4096; page++)
		made->missing[page] = !pick(9);
}

#endif
