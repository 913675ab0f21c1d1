/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads memory, keeps the words that may point into the heap, and looks them up.  The memory
 * comes in the order of the blocks in it, so each block's words are together, and `start`
 * alone tells whose they are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/ground/large.h"
#include "tracer/look/graph/graph_parts.h"

#define STRIDE 512u             /* words that are read between two checks of the room */
#define EDGES_A_NODE 2u

static bool words_room(struct graph_words *words)
{
	if (words->room - words->length >= STRIDE + MACHINE_KEEP_SPARE)
		return true;
	size_t room = words->room + words->room / 4 + 4 * STRIDE;
	uint64_t *more = realloc(words->words, room * sizeof(*more));

	if (!more)
		return false;
	words->words = large_pages(more, room * sizeof(*more));
	words->room = room;
	return true;
}

/* The first room is a guess of how many there will be.  It matters because with large pages
 * moving them is expensive. */
static bool edges_room(struct graph_edges *edges, size_t nodes)
{
	if (edges->room - edges->length >= WAITING)
		return true;
	size_t first = EDGES_A_NODE * nodes;
	size_t room = (edges->room ? edges->room + edges->room / 4 : first) + 4 * WAITING;
	uint32_t *more = realloc(edges->of, room * sizeof(*more));

	if (!more)
		return false;
	edges->of = large_pages(more, room * sizeof(*more));
	edges->room = room;
	return true;
}

static size_t keep_words(const struct graph *graph, const unsigned char *from, size_t count,
			 uint64_t *to)
{
	return machine_keep(graph->newer, graph->span, from, count, to);
}

int graph_end_sweep(struct graph *graph)
{
	struct graph_waiting *waiting = &graph->waiting;
	struct graph_edges *heap = &graph->heap;
	uint32_t edges[WAITING], kept[WAITING + 1];
	size_t base = heap->length;

	if (!edges_room(heap, graph->length))
		return -ENOMEM;
	graph_resolve(graph, waiting->words, waiting->length, edges);
	for (size_t i = 0; i < waiting->length; i++) {
		kept[i] = (uint32_t)heap->length;
		heap->of[heap->length] = edges[i];
		heap->length += edges[i] != NOWHERE;
	}
	kept[waiting->length] = (uint32_t)heap->length;
	for (size_t n = waiting->first; n < graph->swept; n++)
		graph->start[n] = kept[graph->start[n] - base];
	waiting->first = graph->swept;
	waiting->length = 0;
	return heap->length < UINT32_MAX - WAITING ? 0 : -E2BIG;
}

/* Reads words of the heap. */
static int read_words(struct graph *graph, const unsigned char *from, size_t count)
{
	struct graph_waiting *waiting = &graph->waiting;
	int error = 0;

	for (size_t turn; !error && count; count -= turn, from += turn * sizeof(uint64_t)) {
		turn = count < STRIDE ? count : STRIDE;
		if (WAITING - waiting->length < turn)
			error = graph_end_sweep(graph);
		if (!error)
			waiting->length += keep_words(graph, from, turn,
						      waiting->words + waiting->length);
	}
	return error;
}

static int read_root(struct graph *graph, const unsigned char *from, size_t count)
{
	struct graph_words *roots = &graph->roots;

	for (size_t turn; count; count -= turn, from += turn * sizeof(uint64_t)) {
		turn = count < STRIDE ? count : STRIDE;
		if (!words_room(roots))
			return -ENOMEM;
		roots->length += keep_words(graph, from, turn, roots->words + roots->length);
		if (roots->length >= UINT32_MAX)
			return -E2BIG;
	}
	return 0;
}

/* Reads the words of one node that are in [address, end). */
static int read_node(struct graph *graph, const struct graph_node *node, uint64_t address,
		     const unsigned char *bytes, uint64_t end)
{
	uint64_t from = (node_address(node) + 7) & ~UINT64_C(7);
	uint64_t to = node_address(node) + node_size(node);

	if (from < address)
		from = address;
	if (to > end)
		to = end;
	return from < to ? read_words(graph, bytes + (from - address),
				      (to - from) / sizeof(uint64_t)) : 0;
}

static int sweep_piece(struct graph *graph, uint64_t address, const unsigned char *bytes,
		       size_t length)
{
	uint64_t end = address + length;
	int error = 0;

	/* Of the nodes that began before, only the last one can extend to here. */
	if (graph->swept)
		error = read_node(graph, &graph->nodes[graph->swept - 1], address, bytes, end);
	while (!error && graph->swept < graph->length &&
	       node_address(&graph->nodes[graph->swept]) < end) {
		graph->start[graph->swept] =
			(uint32_t)(graph->heap.length + graph->waiting.length);
		error = read_node(graph, &graph->nodes[graph->swept++], address, bytes, end);
	}
	graph->swept_to = end;
	return error;
}

int graph_sweep(struct graph *graph, uint64_t address, const void *bytes, size_t length)
{
	if (graph->stage != GRAPH_SWEEPING || address % 8 || length % 8 ||
	    address < graph->swept_to || address > ADDRESS_END || length > ADDRESS_END - address)
		return -EINVAL;
	int error = length ? sweep_piece(graph, address, bytes, length) : 0;

	if (error)
		graph->stage = GRAPH_BROKEN;
	return error;
}

/* The run of a root; a root that was given before and held nothing needs none. */
static int run_of_root(struct graph *graph, uint32_t root)
{
	struct graph_run *last = graph->runs_length ? &graph->runs[graph->runs_length - 1] : NULL;

	if (last && last->root == root)
		return 0;
	if (last && last->first == graph->roots.length)
		graph->runs_length--;
	else if (!array_grow(&graph->runs, &graph->runs_room, graph->runs_length + 1,
			sizeof(*graph->runs)))
		return -ENOMEM;
	graph->runs[graph->runs_length++] = (struct graph_run){ root, graph->roots.length };
	if (root >= graph->root_ids)
		graph->root_ids = root + 1;
	return 0;
}

int graph_root(struct graph *graph, uint32_t root, const void *words, size_t length)
{
	if (graph->stage != GRAPH_SWEEPING || length % 8 || root >= GRAPH_TRACES)
		return -EINVAL;
	int error = run_of_root(graph, root);

	if (!error)
		error = read_root(graph, words, length / 8);
	if (error)
		graph->stage = GRAPH_BROKEN;
	return error;
}
