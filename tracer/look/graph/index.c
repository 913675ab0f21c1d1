/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds the node that contains an address.  The heap is divided into regions where nothing
 * lies for a mebibyte; a region into granules, 16 bytes each if that takes no more than two
 * bytes a node; 32 granules are a slot, which counts the nodes before it and has a bit for
 * each granule in which one begins.
 *
 *	slot     before 7   begin  ..1..1.....1....        the address's granule: ^
 *	                              7  8     9 ^
 *
 * So a node's number is found without a search, and where an allocator aligns its blocks as
 * glibc does, without looking at the node, if the address is where it begins.  Look-ups come
 * in batches, so that the memory which one needs is on its way while others are done.
 */
#include <errno.h>
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"
#include "tracer/ground/large.h"
#include "tracer/look/graph/graph_parts.h"

#define GAP (UINT64_C(1) << 20)
#define NODES_A_SLOT 4u
#define GRANULES 32u                    /* of a slot */
#define LEAST_SHIFT 4u
#define LEAST (UINT64_C(1) << LEAST_SHIFT)
#define BATCH 128u

/* Makes nodes [first, end) one region. */
static int add_region(struct graph *graph, size_t first, size_t end)
{
	struct graph_region region = {
		.start = node_address(&graph->nodes[first]),
		.end = node_end(&graph->nodes[end - 1]),
		.slot = (uint32_t)graph->slots_length,
		.shift = LEAST_SHIFT,
	};
	uint64_t most = ((end - first) / NODES_A_SLOT + 1) * GRANULES;

	while ((region.end - region.start) >> region.shift >= most)
		region.shift++;
	graph->slots_length += ((region.end - region.start) >> region.shift) / GRANULES + 2;
	if (!array_grow(&graph->regions, &graph->regions_room, graph->regions_length + 1,
			sizeof(region)))
		return -ENOMEM;
	graph->regions[graph->regions_length++] = region;
	return 0;
}

/* A large block ends a region as a gap does: with it the granules would be too large for the
 * small ones beside it. */
static int find_regions(struct graph *graph)
{
	size_t first = 0;
	int error = 0;

	for (size_t n = 1; !error && n <= graph->length; n++)
		if (n == graph->length || node_address(&graph->nodes[n]) >
					  node_address(&graph->nodes[n - 1]) + GAP) {
			error = add_region(graph, first, n);
			first = n;
		}
	return error;
}

/* Whether the bits of a slot do not tell which node comes first. */
static bool is_odd(const struct graph_slot *slot, const struct graph_node *node, uint64_t offset,
		   unsigned shift)
{
	return node->low & NODE_PART || (shift == LEAST_SHIFT && offset % LEAST) ||
	       slot->begin >> ((offset >> shift) % GRANULES) & 1;
}

/* Fills the slots of a region, from node *n on, up to its end. */
static void fill_slots(struct graph *graph, const struct graph_region *region, uint32_t *n)
{
	struct graph_slot *slots = graph->slots + region->slot;
	size_t s = 0, last = ((region->end - region->start) >> region->shift) / GRANULES + 1;

	slots[0] = (struct graph_slot){ *n, 0 };
	for (; *n < graph->length && node_address(&graph->nodes[*n]) < region->end; ++*n) {
		const struct graph_node *node = &graph->nodes[*n];
		uint64_t offset = node_address(node) - region->start;

		while (s < (offset >> region->shift) / GRANULES)
			slots[++s] = (struct graph_slot){ *n, 0 };
		if (is_odd(&slots[s], node, offset, region->shift))
			slots[s].before |= SLOT_ODD;
		slots[s].begin |= UINT32_C(1) << ((offset >> region->shift) % GRANULES);
	}
	while (s < last)
		slots[++s] = (struct graph_slot){ *n, 0 };
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
	uint32_t n = 0;
	int error = graph->length ? find_regions(graph) : 0;

	if (error || !graph->length)
		return error;
	graph->slots = large_malloc(graph->slots_length * sizeof(*graph->slots));
	if (!graph->slots)
		return -ENOMEM;
	for (size_t r = 0; r < graph->regions_length; r++)
		fill_slots(graph, &graph->regions[r], &n);
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

bool graph_gap(const struct graph *graph, uint64_t address, uint64_t *start, uint64_t *end)
{
	size_t low;

	BISECT(low, graph->length, node_end(&graph->nodes[low]) <= address);
	if (low < graph->length && node_address(&graph->nodes[low]) <= address)
		return false;
	*start = low ? node_end(&graph->nodes[low - 1]) : 0;
	*end = low < graph->length ? node_address(&graph->nodes[low]) : UINT64_MAX;
	return true;
}

size_t graph_find(const struct graph *graph, uint64_t address)
{
	uint32_t edge;

	if (!graph_length(graph))
		return SIZE_MAX;
	graph_resolve(graph, &address, 1, &edge);
	return edge == NOWHERE ? SIZE_MAX : edge >> 1;
}

static const struct graph_region *region_of(const struct graph *graph, uint64_t address)
{
	size_t low;

	BISECT(low, graph->regions_length, graph->regions[low].end <= address);
	return low < graph->regions_length && graph->regions[low].start <= address ?
	       &graph->regions[low] : NULL;
}

/* Where an address is looked up. */
struct place {
	const struct graph_slot *slot;  /* NULL: in no region */
	uint64_t offset;                /* in the region */
	unsigned shift;
};

/* The last node that begins at an address or before it, in a slot where bits do not
 * tell. */
static uint32_t node_before(const struct graph *graph, const struct graph_slot *slot,
			    uint64_t address)
{
	const struct graph_node *first = graph->nodes + (slot[0].before & ~SLOT_ODD);
	size_t length = (slot[1].before & ~SLOT_ODD) - (slot[0].before & ~SLOT_ODD), low;

	BISECT(low, length, node_address(&first[low]) <= address);
	/* A region begins with a node, so there is always one before. */
	return (uint32_t)(first + low - graph->nodes) - 1;
}

/* The edge to an address behind the beginning of the granule in which node n begins. */
static uint32_t edge_behind(const struct graph *graph, uint32_t n, uint64_t address)
{
	n -= address < node_address(&graph->nodes[n]);
	const struct graph_node *node = &graph->nodes[n];

	if (address >= node_end(node))
		return NOWHERE;
	if (node->low & NODE_PART)
		return graph_whose(graph, n) << 1 | 1;
	uint64_t offset = address - node_address(node);

	return n << 1 | (offset && !(graph->enter && offset == graph->enter[n] * 8u));
}

__attribute__((always_inline))
static inline void place_words(const struct graph *graph, const uint64_t *words, size_t length,
			       struct place *places)
{
	const struct graph_region *region = graph->regions;

	for (size_t i = 0; i < length; i++) {
		if (words[i] - region->start >= region->end - region->start)
			region = region_of(graph, words[i]);
		if (!region) {
			places[i].slot = NULL;
			region = graph->regions;
			continue;
		}
		places[i].shift = region->shift;
		places[i].offset = words[i] - region->start;
		places[i].slot = graph->slots + region->slot +
				 (places[i].offset >> region->shift) / GRANULES;
		__builtin_prefetch(places[i].slot);
	}
}

/* Writes the edges to places where a node begins, as bits alone tell if granules are small;
 * for each other place the number of the node that may contain it, and adds it to `behind`.
 * Returns how many those are. */
__attribute__((always_inline))
static inline size_t find_nodes(const struct graph *graph, const uint64_t *words,
				const struct place *places, size_t length, uint32_t *edges,
				uint8_t *behind)
{
	size_t behinds = 0;

	for (size_t i = 0; i < length; i++) {
		const struct graph_slot *slot = places[i].slot;

		edges[i] = NOWHERE;
		if (!slot)
			continue;
		unsigned bit = (unsigned)(places[i].offset >> places[i].shift) % GRANULES;
		bool odd = slot->before & SLOT_ODD;
		uint32_t n = odd ? node_before(graph, slot, words[i]) :
			slot->before + (uint32_t)__builtin_popcount(slot->begin & ((2u << bit) - 1)) - 1;
		bool begins = !odd && places[i].shift == LEAST_SHIFT && slot->begin >> bit & 1 &&
			      !(places[i].offset % LEAST);

		edges[i] = begins ? n << 1 : n;
		behind[behinds] = (uint8_t)i;
		behinds += !begins;
		if (!begins)
			__builtin_prefetch(&graph->nodes[n]);
	}
	return behinds;
}

__attribute__((always_inline))
static inline void resolve(const struct graph *graph, const uint64_t *words, size_t length,
			   uint32_t *edges)
{
	struct place places[BATCH];
	uint8_t behind[BATCH];

	for (size_t at = 0; at < length; at += BATCH) {
		size_t part = length - at < BATCH ? length - at : BATCH;

		place_words(graph, words + at, part, places);
		size_t behinds = find_nodes(graph, words + at, places, part, edges + at, behind);

		for (size_t i = 0; i < behinds; i++)
			edges[at + behind[i]] = edge_behind(graph, edges[at + behind[i]],
							    words[at + behind[i]]);
	}
}

MACHINE_NEWER
static void resolve_newer(const struct graph *graph, const uint64_t *words, size_t length,
			  uint32_t *edges)
{
	resolve(graph, words, length, edges);
}

void graph_resolve(const struct graph *graph, const uint64_t *words, size_t length,
		   uint32_t *edges)
{
	if (graph->newer)
		resolve_newer(graph, words, length, edges);
	else
		resolve(graph, words, length, edges);
}
