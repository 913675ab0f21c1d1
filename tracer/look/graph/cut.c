/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cuts blocks inside which others lie.
 *
 *	blocks   [a                       ]        nodes   [a ][b ][a'][c ][a'' ]
 *	            [b  ]   [c  ]
 *
 * so that nodes never overlap: a word belongs to one node, and an address is looked up
 * by one search.  That a, a' and a'' are one block is noted in the ties.
 */
#include <errno.h>
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"
#include "tracer/look/graph/graph_parts.h"

/* A block whose end was not reached yet. */
struct open {
	uint64_t end, size;
	uint32_t node;                  /* its first one */
	uint32_t last;                  /* that part of it which is being filled */
	uint32_t trace;
};

struct cutting {
	struct graph *graph;
	struct graph_node *nodes;       /* the new ones */
	size_t length, room;
	struct open *open;              /* the last one is the innermost */
	size_t depth, open_room;
	uint64_t to;                    /* all addresses below belong to nodes */
};

static bool overlap(const struct graph *graph)
{
	for (size_t i = 1; i < graph->length; i++)
		if (node_address(&graph->nodes[i]) < node_end(&graph->nodes[i - 1]))
			return true;
	return false;
}

static int cut_add(struct cutting *cutting, struct graph_node node)
{
	if (cutting->length >= NODES_MAX - 1)
		return -E2BIG;
	if (!array_grow(&cutting->nodes, &cutting->room, cutting->length + 1, sizeof(node)))
		return -ENOMEM;
	cutting->nodes[cutting->length++] = node;
	return 0;
}

static int tie(struct graph *graph, uint32_t from, uint32_t to, bool inside)
{
	if (!array_grow(&graph->ties, &graph->ties_room, graph->ties_length + 1,
			sizeof(*graph->ties)))
		return -ENOMEM;
	graph->ties[graph->ties_length++] = (struct graph_tie){ from, to << 1 | inside };
	return 0;
}

static int note_whole(struct cutting *cutting, const struct open *block)
{
	struct graph *graph = cutting->graph;

	if (!array_grow(&graph->wholes, &graph->wholes_room, graph->wholes_length + 1,
			sizeof(*graph->wholes)))
		return -ENOMEM;
	graph->wholes[graph->wholes_length++] = (struct graph_whole){ block->node, block->size };
	return 0;
}

/* Begins one more part of a block, at cutting->to. */
static int begin_part(struct cutting *cutting, struct open *block)
{
	uint32_t part = (uint32_t)cutting->length;
	int error = cut_add(cutting, node_make(cutting->to, 0, block->trace,
						NODE_PART | NODE_TIED));

	if (!error)
		error = tie(cutting->graph, block->node, part, false);
	if (!error)
		error = tie(cutting->graph, part, block->node, true);
	if (error)
		return error;
	cutting->nodes[block->node].low |= NODE_TIED;
	block->last = part;
	return 0;
}

/* Gives the innermost block what lies between cutting->to and `address`. */
static int fill(struct cutting *cutting, uint64_t address)
{
	struct open *block = &cutting->open[cutting->depth - 1];
	uint64_t end = block->end < address ? block->end : address;

	if (end <= cutting->to)
		return 0;
	uint64_t begin = node_address(&cutting->nodes[block->last]);
	uint64_t size = node_size(&cutting->nodes[block->last]);

	if (begin + size < cutting->to) {
		int error = begin_part(cutting, block);

		if (error)
			return error;
		begin = cutting->to;
	}
	struct graph_node *node = &cutting->nodes[block->last];

	*node = node_make(begin, end - begin, block->trace, node->low & 3);
	cutting->to = end;
	return 0;
}

/* Ends the blocks that do not extend to `address`, innermost first. */
static int close_to(struct cutting *cutting, uint64_t address)
{
	int error = 0;

	while (!error && cutting->depth && cutting->open[cutting->depth - 1].end <= address) {
		const struct open *block = &cutting->open[cutting->depth - 1];

		error = fill(cutting, address);
		if (!error && node_size(&cutting->nodes[block->node]) != block->size)
			error = note_whole(cutting, block);
		cutting->depth--;
	}
	return error;
}

static int open_block(struct cutting *cutting, const struct graph_node *block)
{
	uint64_t address = node_address(block);
	int error = close_to(cutting, address);

	if (!error && cutting->depth)
		error = fill(cutting, address);
	uint32_t node = (uint32_t)cutting->length;

	if (!error)
		error = cut_add(cutting, node_make(address, 0, node_trace(block), 0));
	if (!error && !array_grow(&cutting->open, &cutting->open_room, cutting->depth + 1,
				  sizeof(*cutting->open)))
		error = -ENOMEM;
	if (!error && cutting->depth) {
		const struct open *outer = &cutting->open[cutting->depth - 1];

		error = tie(cutting->graph, node, outer->node,
			    node_address(&cutting->nodes[outer->node]) != address);
		cutting->nodes[node].low |= NODE_TIED;
	}
	if (error)
		return error;
	cutting->open[cutting->depth++] = (struct open){
		node_end(block), node_size(block), node, node, node_trace(block) };
	cutting->to = address;
	return 0;
}

static int tie_order(const void *left, const void *right)
{
	const struct graph_tie *a = left, *b = right;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

static int whole_order(const void *left, const void *right)
{
	const struct graph_whole *a = left, *b = right;

	return a->node < b->node ? -1 : a->node > b->node;
}

int graph_cut(struct graph *graph)
{
	struct cutting cutting = { .graph = graph };
	int error = 0;

	if (!overlap(graph))
		return 0;
	for (size_t i = 0; !error && i < graph->length; i++)
		error = open_block(&cutting, &graph->nodes[i]);
	if (!error)
		error = close_to(&cutting, UINT64_MAX);
	free(cutting.open);
	if (error) {
		free(cutting.nodes);
		return error;
	}
	free(graph->nodes);
	graph->nodes = cutting.nodes;
	graph->length = cutting.length;
	graph->room = cutting.room;
	qsort(graph->ties, graph->ties_length, sizeof(*graph->ties), tie_order);
	qsort(graph->wholes, graph->wholes_length, sizeof(*graph->wholes), whole_order);
	return 0;
}

size_t graph_ties(const struct graph *graph, uint32_t node, size_t *end)
{
	size_t low;

	BISECT(low, graph->ties_length, graph->ties[low].from < node);
	for (*end = low; *end < graph->ties_length && graph->ties[*end].from == node;)
		++*end;
	return low;
}

uint32_t graph_whose(const struct graph *graph, uint32_t node)
{
	size_t end;

	return graph->nodes[node].low & NODE_PART ?
	       graph->ties[graph_ties(graph, node, &end)].to >> 1 : node;
}

uint64_t graph_size(const struct graph *graph, uint32_t node)
{
	size_t low;

	BISECT(low, graph->wholes_length, graph->wholes[low].node < node);
	return low < graph->wholes_length && graph->wholes[low].node == node ?
	       graph->wholes[low].size : node_size(&graph->nodes[node]);
}
