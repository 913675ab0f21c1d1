/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads memory and keeps the words that may point into the heap.  The memory comes in the
 * order of the blocks in it, so each block's words are together, and `start` alone tells
 * whose they are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/ground/large.h"
#include "tracer/look/graph/graph_parts.h"

#define STRIDE 4096u            /* words that are read between two checks of the room */
#define WORDS_A_NODE 2u

/* `first`: a guess of how many there may be.  It matters because with large pages moving
 * them is expensive. */
static bool words_room(struct graph_words *words, size_t first)
{
	if (words->room - words->length >= STRIDE)
		return true;
	size_t room = (words->room ? words->room + words->room / 4 : first) + 4 * STRIDE;
	uint64_t *more = realloc(words->words, room * sizeof(*more));

	if (!more)
		return false;
	words->words = large_pages(more, room * sizeof(*more));
	words->room = room;
	return true;
}

/* Keeps those of `count` words that are in a span.  It writes each word and advances only
 * if it is kept, so that there is no branch. */
static size_t keep_words(const struct graph *graph, const unsigned char *from, size_t count,
			 uint64_t *to)
{
	const uint64_t low = graph->span[0].low, bytes = graph->span[0].bytes,
		       low2 = graph->span[1].low, bytes2 = graph->span[1].bytes;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t word;

		memcpy(&word, from + i * sizeof(word), sizeof(word));
		to[kept] = word;
		kept += (size_t)((word - low < bytes) | (word - low2 < bytes2));
	}
	return kept;
}

static int read_words(const struct graph *graph, struct graph_words *words,
		      const unsigned char *from, size_t count)
{
	while (count) {
		size_t turn = count < STRIDE ? count : STRIDE;

		if (!words_room(words, words == &graph->heap ? WORDS_A_NODE * graph->length : 0))
			return -ENOMEM;
		words->length += keep_words(graph, from, turn, words->words + words->length);
		if (words->length >= UINT32_MAX)
			return -E2BIG;
		from += turn * sizeof(uint64_t);
		count -= turn;
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
	return from < to ? read_words(graph, &graph->heap, bytes + (from - address),
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
		graph->start[graph->swept] = (uint32_t)graph->heap.length;
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
		error = read_words(graph, &graph->roots, words, length / 8);
	if (error)
		graph->stage = GRAPH_BROKEN;
	return error;
}
