/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_GRAPH_GRAPH_H
#define TRACER_LOOK_GRAPH_GRAPH_H
/*
 * Which block of a heap points to which, and which of them nothing holds.  Blocks and
 * words go in, states come out.  Pure: it reads no process and no clock.
 *
 *	graph_add     each block: address, size, trace       in any order
 *	graph_seal    sorted by address, cut where others lie inside, indexed
 *	graph_enter   where pointers to a block lead, if not to its start
 *	graph_sweep   the memory with blocks in it, piece by piece, upwards: words to edges
 *	graph_root    memory and registers that hold without being a block
 *	graph_mark    breadth first from the roots
 *	graph_at      each block with its state
 *
 * A pointer is an aligned word whose value lies in a block: at its start or inside it.
 * A block of size 0 is held by a pointer to its start; a pointer to the end of a block,
 * one past its last byte, holds nothing.  Of blocks that lie inside one another (a pool's
 * objects in malloc's chunk) each byte belongs to the innermost, and who holds the inner
 * one holds the outer one too.
 *
 * Memory: 23 bytes a block, 24 after graph_enter, and 8 for each
 * pointer.  The states are memcheck's (Valgrind manual, "Memory leak detection"):
 * definitely lost, indirectly lost, possibly lost, still reachable; but a cycle is indirect
 * as a whole.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct graph;

#define GRAPH_TRACES (UINT32_C(1) << 27)        /* traces and roots have numbers below
						 * this */

struct graph_block {
	uint64_t address;               /* not 0; the block ends at or below 2^47 */
	uint64_t size;                  /* bytes */
	uint32_t trace;                 /* what sums are made by; below GRAPH_TRACES */
};

enum graph_state {
	GRAPH_GARBAGE,                  /* unreachable, and no other block points to it */
	GRAPH_CYCLE,                    /* unreachable, and only held by blocks that hold each
					 * other: it is one of them, or hangs from them */
	GRAPH_INDIRECT,                 /* unreachable, and held by garbage */
	GRAPH_INSIDE,                   /* reachable, but on each way there is a pointer... */
	GRAPH_REACHABLE,                /* ...to the inside of a block; here there is not */
};

/* NULL: out of memory. */
struct graph *graph_new(void);
void graph_free(struct graph *graph);

/* The functions below return 0, -ENOMEM, or -EINVAL for arguments that make no sense; all
 * but graph_add also fail with -EINVAL when called out of order.  After a failure the
 * graph can only be freed, except that a block which graph_add refused is just not in
 * it. */

int graph_add(struct graph *graph, const struct graph_block *block);
/* Ends graph_add.  -E2BIG: more than 2^31 blocks. */
int graph_seal(struct graph *graph);

/* Before graph_sweep: a pointer to this offset in block `number` counts as one to its
 * start, as a pointer to an object does that has a header before it.  Offsets other than
 * multiples of 8 below 2048 are ignored. */
int graph_enter(struct graph *graph, size_t number, uint64_t offset);

/* After graph_seal: the first block, or part of a block that contains others, that ends
 * above `address`; a block of size 0 counts as one byte.  False: there is none. */
bool graph_next(const struct graph *graph, uint64_t address, struct graph_block *block);
/* After graph_seal: [*start, *end) around an address has no block, not even a part of one;
 * *end is UINT64_MAX if none follows.  False: the address is in a block. */
bool graph_gap(const struct graph *graph, uint64_t address, uint64_t *start, uint64_t *end);

/* Gives `length` bytes of memory at `address`, both multiples of 8, above all that was
 * given before.  Memory that is never given holds nothing.  -E2BIG: more than 2^32
 * words. */
int graph_sweep(struct graph *graph, uint64_t address, const void *bytes, size_t length);
/* Gives what root number `root` holds: `length` bytes, a multiple of 8; roots come in any
 * order, as often as needed. */
int graph_root(struct graph *graph, uint32_t root, const void *words, size_t length);

/* Ends graph_sweep and graph_root, and finds each block's state. */
int graph_mark(struct graph *graph);

/* After graph_seal: blocks, and parts of those that contain others, have numbers below
 * this, by address. */
size_t graph_length(const struct graph *graph);
/* One more than the highest trace that a block has. */
uint32_t graph_traces(const struct graph *graph);
/* The block with a number, and its state, which is 0 before graph_mark.  False: it is a
 * part. */
bool graph_at(const struct graph *graph, size_t number, struct graph_block *block,
	      enum graph_state *state);
/* The bytes [*start, *end) that belong to this block or part itself. */
void graph_extent(const struct graph *graph, size_t number, uint64_t *start, uint64_t *end);
/* The number of the innermost block that contains an address; SIZE_MAX: none. */
size_t graph_find(const struct graph *graph, uint64_t address);

/* How many bytes the graph takes now; *most: the most that it ever took. */
size_t graph_bytes(const struct graph *graph, size_t *most);

#endif
