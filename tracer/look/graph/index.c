/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds the node that contains an address.  The heap is divided into regions where
 * nothing lies for a mebibyte; a region into slots of equal size, at most one for two
 * nodes; a slot knows its first node, and a short search does the rest.  Look-ups come in
 * batches, so that the memory which one needs is on its way while others are done.
 */
#include <errno.h>
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"
#include "tracer/ground/large.h"
#include "tracer/look/graph/graph_parts.h"

#define GAP (UINT64_C(1) << 20)
#define NODES_A_SLOT 2u
#define LEAST_SHIFT 6u
#define BATCH 64u
#define FEW 4u

/* Makes nodes [first, end) one region. */
static int add_region(struct graph *graph, size_t first, size_t end)
{
	struct graph_region region = {
		.start = node_address(&graph->nodes[first]),
		.end = node_end(&graph->nodes[end - 1]),
		.slot = (uint32_t)graph->slots_length,
		.shift = LEAST_SHIFT,
	};
	uint64_t most = (end - first) / NODES_A_SLOT + 1;

	while ((region.end - region.start) >> region.shift >= most)
		region.shift++;
	/* One slot more has the next region's first node, where the last slot's nodes
	 * end. */
	graph->slots_length += ((region.end - region.start) >> region.shift) + 2;
	if (!array_grow(&graph->regions, &graph->regions_room, graph->regions_length + 1,
			sizeof(region)))
		return -ENOMEM;
	graph->regions[graph->regions_length++] = region;
	return 0;
}

static int find_regions(struct graph *graph)
{
	size_t first = 0;
	int error = 0;

	for (size_t n = 1; !error && n <= graph->length; n++)
		if (n == graph->length || node_address(&graph->nodes[n]) >
					  node_end(&graph->nodes[n - 1]) + GAP) {
			error = add_region(graph, first, n);
			first = n;
		}
	return error;
}

static void fill_slots(struct graph *graph)
{
	uint32_t n = 0;

	for (size_t r = 0; r < graph->regions_length; r++) {
		const struct graph_region *region = &graph->regions[r];
		uint64_t slots = ((region->end - region->start) >> region->shift) + 1;

		for (uint64_t s = 0; s <= slots; s++) {
			uint64_t begin = s < slots ? region->start + (s << region->shift) :
						     region->end;

			while (n < graph->length && node_address(&graph->nodes[n]) < begin)
				n++;
			graph->slots[region->slot + s] = n;
		}
	}
}

/* Heap and mappings are far apart, and many words seem to point to what lies between them
 * (code, stacks).  So there are two spans, with the widest gap between them. */
static void find_spans(struct graph *graph)
{
	size_t last = graph->regions_length - 1, widest = 0;
	uint64_t gap = 0;

	for (size_t r = 0; r < last; r++)
		if (graph->regions[r + 1].start - graph->regions[r].end > gap) {
			gap = graph->regions[r + 1].start - graph->regions[r].end;
			widest = r;
		}
	graph->span[0].low = graph->regions[0].start;
	graph->span[0].bytes = graph->regions[widest].end - graph->span[0].low;
	if (widest == last)
		return;
	graph->span[1].low = graph->regions[widest + 1].start;
	graph->span[1].bytes = graph->regions[last].end - graph->span[1].low;
}

int graph_index(struct graph *graph)
{
	if (!graph->length)
		return 0;
	int error = find_regions(graph);

	if (error)
		return error;
	graph->slots = large_malloc(graph->slots_length * sizeof(*graph->slots));
	if (!graph->slots)
		return -ENOMEM;
	fill_slots(graph);
	find_spans(graph);
	return 0;
}

bool graph_next(const struct graph *graph, uint64_t address, struct graph_block *block)
{
	size_t low;

	BISECT(low, graph->length, node_end(&graph->nodes[low]) <= address);
	if (low == graph->length || graph->stage == GRAPH_FILLING)
		return false;
	*block = (struct graph_block){
		.address = node_address(&graph->nodes[low]),
		.size = node_size(&graph->nodes[low]),
		.trace = node_trace(&graph->nodes[low]),
	};
	return true;
}

size_t graph_find(const struct graph *graph, uint64_t address)
{
	struct graph_words word = { .words = &address, .length = 1 };

	if (!graph_length(graph))
		return SIZE_MAX;
	graph_resolve(graph, &word);
	return address == NOWHERE ? SIZE_MAX : (size_t)(address >> 1);
}

static const struct graph_region *region_of(const struct graph *graph, uint64_t address)
{
	size_t low;

	BISECT(low, graph->regions_length, graph->regions[low].end <= address);
	return low < graph->regions_length && graph->regions[low].start <= address ?
	       &graph->regions[low] : NULL;
}

/* The first node that begins after an address, among those of `slot` and the first of the
 * next slot.  A branch on so few nodes can't be predicted, so all are compared; those of
 * later slots are beyond the address anyway. */
static uint32_t node_behind(const struct graph *graph, const uint32_t *slot, uint64_t address)
{
	uint32_t low = slot[0], high = slot[1];

	if (high - low <= FEW && graph->length - low >= FEW) {
		const struct graph_node *node = &graph->nodes[low];
		uint64_t last = address << (64 - ADDRESS_BITS) | (UINT64_MAX >> ADDRESS_BITS);

		for (uint32_t i = 0; i < FEW; i++)
			low += node[i].high <= last;
		return low;
	}
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (node_address(&graph->nodes[middle]) <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The node that contains an address of slot *slot; NOWHERE if there is none. */
static uint64_t search(const struct graph *graph, const uint32_t *slot, uint64_t address)
{
	/* A region begins with a node, so there is always one before. */
	uint32_t n = node_behind(graph, slot, address) - 1;
	const struct graph_node *node = &graph->nodes[n];

	if (address >= node_end(node))
		return NOWHERE;
	if (node->low & NODE_PART)
		return (uint64_t)graph_whose(graph, n) << 1 | 1;
	uint64_t offset = address - node_address(node);

	return (uint64_t)n << 1 | (offset && !(graph->enter && offset == graph->enter[n] * 8u));
}

static void resolve_batch(const struct graph *graph, uint64_t *words, size_t length)
{
	const uint32_t *slot[BATCH];

	for (size_t i = 0; i < length; i++) {
		const struct graph_region *region = region_of(graph, words[i]);

		slot[i] = region ? graph->slots + region->slot +
				   ((words[i] - region->start) >> region->shift) : NULL;
		__builtin_prefetch(slot[i]);
	}
	for (size_t i = 0; i < length; i++)
		if (slot[i])
			__builtin_prefetch(&graph->nodes[(slot[i][0] + slot[i][1]) / 2]);
	for (size_t i = 0; i < length; i++)
		words[i] = slot[i] ? search(graph, slot[i], words[i]) : NOWHERE;
}

void graph_resolve(const struct graph *graph, struct graph_words *words)
{
	for (size_t i = 0; i < words->length; i += BATCH) {
		size_t rest = words->length - i;

		resolve_batch(graph, words->words + i, rest < BATCH ? rest : BATCH);
	}
}
