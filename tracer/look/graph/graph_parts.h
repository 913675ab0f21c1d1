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
 * `edges` are found as words of 8 bytes and become numbers of 4 in place; the half that
 * this frees is the queue of the marking.
 */
#include <stdbool.h>
#include "tracer/look/graph/node.h"

#define NOWHERE UINT64_MAX
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

/* A range of address space without a large gap.  Its slot s leads to the first node that
 * begins at start + (s << shift) or later. */
struct graph_region {
	uint64_t start, end;
	uint32_t slot;                  /* its first one, in `slots` */
	unsigned shift;
};

/* Words of one root: from `first` up to the beginning of the next run. */
struct graph_run {
	uint32_t root;
	size_t first;
};

struct graph_words {
	uint64_t *words;                /* or uint32_t edges, once they are looked up */
	size_t length, room;
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
	uint32_t *slots;
	size_t slots_length;
	struct { uint64_t low, bytes; } span[2];        /* all blocks are within these */
	uint32_t *start;                /* length + 1 */
	uint8_t *state;                 /* enum graph_state */
	uint8_t *enter;                 /* see graph_enter, / 8; NULL: all 0 */
	size_t swept;                   /* how many nodes have their start */
	uint64_t swept_to;              /* address */
	struct graph_words heap, roots;
	struct graph_run *runs;
	size_t runs_length, runs_room;
	uint32_t traces, root_ids;      /* one more than the highest of each */
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
/* Replaces each word by target << 1 | inside, or by NOWHERE. */
void graph_resolve(const struct graph *graph, struct graph_words *words);
/* Notes how much memory is used now. */
void graph_measure(struct graph *graph);

#endif
