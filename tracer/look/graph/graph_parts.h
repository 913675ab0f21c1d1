/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_GRAPH_GRAPH_PARTS_H
#define TRACER_LOOK_GRAPH_GRAPH_PARTS_H
/*
 * The graph's flat arrays, for its own files.
 *
 *	nodes    [n0][n1][n2]...            by address; none reaches into the next
 *	start    [ 0][ 2][ 2][ 5]...        node n's edges: edges[start[n] .. start[n + 1])
 *	edges    [e0 e1][e2 e3 e4]...       target << 1 | inside
 *
 * Words of the heap are looked up some hundreds at a time, while they are in the cache;
 * those of the roots wait until the marking.
 */
#include <stdbool.h>
#include "tracer/look/graph/node.h"
#include "tracer/machine/words.h"

#define NOWHERE UINT32_MAX
#define NODES_MAX (UINT32_C(1) << 31)

/* Edges that are not in memory: an inner block holds its outer one, a block each of its
 * parts, and a part its block (which is the only tie of a part). */
struct graph_tie {
	uint32_t from, to;              /* to: target << 1 | inside */
};

/* The size of a block that was cut, since its node has the size of its first part. */
struct graph_whole {
	uint32_t node;
	uint64_t size;
};

/* A range of address space without a large gap; in granules of 1 << shift bytes, 32 a slot. */
struct graph_region {
	uint64_t start, end;
	uint32_t slot;                  /* its first one; one more ends its last one */
	unsigned shift;
};

/* Which nodes begin in 32 granules. */
struct graph_slot {
	uint32_t before;                /* how many nodes begin before these; SLOT_ODD */
	uint32_t begin;                 /* bit g: one begins in granule g */
};
#define SLOT_ODD (UINT32_C(1) << 31)    /* bits do not tell which node it is */

/* Words of one root: from `first` up to the beginning of the next run. */
struct graph_run {
	uint32_t root;
	size_t first;
};

struct graph_words {
	uint64_t *words;                /* or uint32_t edges, once they are looked up */
	size_t length, room;
};

struct graph_edges {
	uint32_t *of;                   /* target << 1 | inside */
	size_t length, room;
};

/* Words of the heap that are still to be looked up. */
#define WAITING 1024u
struct graph_waiting {
	uint64_t words[WAITING + MACHINE_KEEP_SPARE];
	size_t length;
	size_t first;                   /* the first node that began among them */
};

struct graph {
	enum { GRAPH_FILLING, GRAPH_SWEEPING, GRAPH_MARKED, GRAPH_BROKEN } stage;
	struct graph_node *nodes;
	size_t length, room;            /* of nodes, which are blocks and parts */
	struct graph_tie *ties;         /* by `from` */
	size_t ties_length, ties_room;
	struct graph_whole *wholes;     /* by `node` */
	size_t wholes_length, wholes_room;
	struct graph_region *regions;   /* by address */
	size_t regions_length, regions_room;
	struct graph_slot *slots;
	size_t slots_length;
	struct machine_span span[2];    /* all blocks are within these */
	uint32_t *start;                /* length + 1 */
	uint8_t *state;                 /* enum graph_state */
	uint8_t *enter;                 /* see graph_enter, / 8; NULL: all 0 */
	size_t swept;                   /* how many nodes have their start */
	uint64_t swept_to;              /* address */
	bool newer;                     /* machine_is_newer */
	struct graph_waiting waiting;
	struct graph_edges heap;
	struct graph_words roots;
	struct graph_run *runs;
	size_t runs_length, runs_room;
	uint32_t traces, root_ids;      /* one more than the highest of each */
	size_t queue_room;              /* of the marking's queue, while it is there */
	size_t most;                    /* most bytes that it ever took */
};

/* Sorts by address; of blocks at one address the largest comes first. */
void graph_sort(struct graph_node *nodes, size_t length);
/* Cuts blocks that others lie in.  0 or -ENOMEM, -E2BIG. */
int graph_cut(struct graph *graph);
/* The ties of a node: from the result up to *end in graph->ties. */
size_t graph_ties(const struct graph *graph, uint32_t node, size_t *end);
/* The first node of the block that a node belongs to, which may be the node itself. */
uint32_t graph_whose(const struct graph *graph, uint32_t node);
/* The size in bytes of the block that begins with this node, which must not be a part. */
uint64_t graph_size(const struct graph *graph, uint32_t node);
/* Makes regions, slots and spans from the sorted nodes.  0 or -ENOMEM. */
int graph_index(struct graph *graph);
/* Writes for each word target << 1 | inside, or NOWHERE. */
void graph_resolve(const struct graph *graph, const uint64_t *words, size_t length,
		   uint32_t *edges);
/* Looks up the words that wait.  0, -ENOMEM or -E2BIG. */
int graph_end_sweep(struct graph *graph);
/* Notes how much memory is used now. */
void graph_measure(struct graph *graph);

#endif
