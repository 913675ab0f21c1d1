/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making and freeing a graph, and looking up its blocks. */
#include <errno.h>
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/ground/large.h"
#include "tracer/look/graph/graph_parts.h"

struct graph *graph_new(void)
{
	struct graph *graph = calloc(1, sizeof(*graph));

	if (graph)
		graph->newer = machine_is_newer();
	return graph;
}

void graph_free(struct graph *graph)
{
	if (!graph)
		return;
	free(graph->nodes);
	free(graph->ties);
	free(graph->wholes);
	free(graph->regions);
	free(graph->slots);
	free(graph->start);
	free(graph->state);
	free(graph->enter);
	free(graph->heap.of);
	free(graph->roots.words);
	free(graph->runs);
	free(graph);
}

static bool set_room(struct graph *graph, size_t room)
{
	struct graph_node *nodes = room > SIZE_MAX / sizeof(*nodes) ? NULL :
		realloc(graph->nodes, room * sizeof(*nodes));

	if (!nodes)
		return false;
	graph->nodes = large_pages(nodes, room * sizeof(*nodes));
	graph->room = room;
	return true;
}

int graph_add(struct graph *graph, const struct graph_block *block)
{
	if (graph->stage != GRAPH_FILLING || !block->address || block->address >= ADDRESS_END ||
	    block->size > ADDRESS_END - block->address || block->trace >= GRAPH_TRACES)
		return -EINVAL;
	if (graph->length == graph->room &&
	    !set_room(graph, graph->room + graph->room / 4 + 256))
		return -ENOMEM;
	graph->nodes[graph->length++] = node_make(block->address, block->size, block->trace, 0);
	if (block->trace >= graph->traces)
		graph->traces = block->trace + 1;
	return 0;
}

static int seal(struct graph *graph)
{
	if (graph->length > NODES_MAX - 1)
		return -E2BIG;
	graph_sort(graph->nodes, graph->length);
	int error = graph_cut(graph);

	if (!error)
		error = graph_index(graph);
	if (error)
		return error;
	graph->start = large_calloc(graph->length + 1, sizeof(*graph->start));
	graph->state = large_calloc(graph->length + 1, 1);
	graph_measure(graph);
	return graph->start && graph->state ? 0 : -ENOMEM;
}

int graph_seal(struct graph *graph)
{
	int error = graph->stage == GRAPH_FILLING ? seal(graph) : -EINVAL;

	graph->stage = error ? GRAPH_BROKEN : GRAPH_SWEEPING;
	return error;
}

int graph_enter(struct graph *graph, size_t number, uint64_t offset)
{
	if (graph->stage != GRAPH_SWEEPING || graph->swept_to || number >= graph->length)
		return -EINVAL;
	if (offset % 8 || offset / 8 > UINT8_MAX)
		return 0;
	if (!graph->enter)
		graph->enter = large_calloc(graph->length + 1, 1);
	if (!graph->enter)
		return -ENOMEM;
	graph->enter[number] = (uint8_t)(offset / 8);
	return 0;
}

size_t graph_length(const struct graph *graph)
{
	return graph->stage == GRAPH_SWEEPING || graph->stage == GRAPH_MARKED ? graph->length : 0;
}

uint32_t graph_traces(const struct graph *graph)
{
	return graph->traces;
}

bool graph_at(const struct graph *graph, size_t number, struct graph_block *block,
	      enum graph_state *state)
{
	const struct graph_node *node = &graph->nodes[number];

	*block = (struct graph_block){
		.address = node_address(node),
		.size = graph_size(graph, (uint32_t)number),
		.trace = node_trace(node),
	};
	*state = (enum graph_state)graph->state[number];
	return !(node->low & NODE_PART);
}

void graph_extent(const struct graph *graph, size_t number, uint64_t *start, uint64_t *end)
{
	*start = node_address(&graph->nodes[number]);
	*end = *start + node_size(&graph->nodes[number]);
}

static size_t graph_taken(const struct graph *graph)
{
	return sizeof(*graph) + graph->room * sizeof(*graph->nodes) +
	       graph->ties_room * sizeof(*graph->ties) +
	       graph->wholes_room * sizeof(*graph->wholes) +
	       graph->regions_room * sizeof(*graph->regions) +
	       graph->slots_length * sizeof(*graph->slots) +
	       (graph->start ? (graph->length + 1) * sizeof(*graph->start) : 0) +
	       (graph->state ? graph->length + 1 : 0) +
	       (graph->enter ? graph->length + 1 : 0) +
	       (graph->heap.room + graph->queue_room) * sizeof(*graph->heap.of) +
	       graph->roots.room * sizeof(*graph->roots.words) +
	       graph->runs_room * sizeof(*graph->runs);
}

void graph_measure(struct graph *graph)
{
	size_t taken = graph_taken(graph);

	if (taken > graph->most)
		graph->most = taken;
}

size_t graph_bytes(const struct graph *graph, size_t *most)
{
	size_t taken = graph_taken(graph);

	*most = taken > graph->most ? taken : graph->most;
	return taken;
}
