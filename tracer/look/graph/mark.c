/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is held.  Breadth first, because the queue says long before which node comes next,
 * so that its edges are in the cache by then; depth first waits for each of them.
 *
 *	queue    [ reached by starts of blocks only ->      <- pointed at inside ]
 *
 * First the left end is followed to its end; then what only the right end holds.  Each
 * edge puts at most one node into the queue, so it has as many places as there are edges.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/look/graph/graph_parts.h"

#define AHEAD 12u
#define FEW 4u                         /* edges of one node that are looked at ahead */

struct marking {
	struct graph *graph;
	const uint32_t *edges;
	uint32_t *queue;
	size_t room, first, last;       /* [first, last): reached, edges not followed yet */
	size_t inside;                  /* [inside, room) */
};

/* Moves the edges together, as numbers of four bytes over those of eight. */
static size_t compact_span(const uint64_t *words, size_t from, size_t to, uint32_t *edges,
			   size_t length)
{
	for (size_t i = from; i < to; i++) {
		uint64_t word;

		/* By bytes: the compiler must not think that the two types lie apart. */
		memcpy(&word, &words[i], sizeof(word));
		if (word != NOWHERE)
			edges[length++] = (uint32_t)word;
	}
	return length;
}

static void compact_heap(struct graph *graph)
{
	uint64_t *words = graph->heap.words;
	size_t length = 0, from = 0;

	for (size_t n = 0; n < graph->length; n++) {
		size_t to = n + 1 < graph->length ? graph->start[n + 1] : graph->heap.length;

		graph->start[n] = (uint32_t)length;
		length = compact_span(words, from, to, (uint32_t *)words, length);
		from = to;
	}
	graph->start[graph->length] = (uint32_t)length;
	graph->heap.length = length;
}

static void compact_roots(struct graph *graph)
{
	uint64_t *words = graph->roots.words;
	size_t length = 0, from = 0;

	for (size_t r = 0; r < graph->runs_length; r++) {
		size_t to = r + 1 < graph->runs_length ? graph->runs[r + 1].first :
							 graph->roots.length;

		graph->runs[r].first = length;
		length = compact_span(words, from, to, (uint32_t *)words, length);
		from = to;
	}
	graph->roots.length = length;
}

/* Makes the queue out of what the edges leave of the words' room. */
static int make_queue(struct marking *marking)
{
	struct graph *graph = marking->graph;
	size_t edges = graph->heap.length;

	marking->room = edges + graph->roots.length + graph->ties_length;
	size_t words = (edges + marking->room + 1) / 2;
	uint64_t *room = realloc(graph->heap.words, (words + 1) * sizeof(*room));

	if (!room)
		return -ENOMEM;
	graph->heap.words = room;
	graph->heap.room = words + 1;
	graph_measure(graph);
	marking->edges = (const uint32_t *)room;
	marking->queue = (uint32_t *)room + edges;
	marking->inside = marking->room;
	return 0;
}

static void reach(struct marking *marking, uint32_t edge, enum graph_state how)
{
	uint8_t *state = &marking->graph->state[edge >> 1];

	if (*state)
		return;
	if (how == GRAPH_REACHABLE && edge & 1) {
		marking->queue[--marking->inside] = edge >> 1;
		return;
	}
	*state = (uint8_t)how;
	marking->queue[marking->last++] = edge >> 1;
}

static void prefetch_ahead(const struct marking *marking)
{
	const struct graph *graph = marking->graph;

	if (marking->first + 3 * AHEAD < marking->last)
		__builtin_prefetch(&graph->start[marking->queue[marking->first + 3 * AHEAD]]);
	if (marking->first + 2 * AHEAD < marking->last) {
		uint32_t far = marking->queue[marking->first + 2 * AHEAD];

		__builtin_prefetch(&marking->edges[graph->start[far]]);
		if (graph->ties_length)
			__builtin_prefetch(&graph->nodes[far]);
	}
	if (marking->first + AHEAD < marking->last) {
		uint32_t near = marking->queue[marking->first + AHEAD];

		uint32_t end = graph->start[near + 1], e = graph->start[near];

		for (end = end - e < FEW ? end : e + FEW; e < end; e++)
			__builtin_prefetch(&graph->state[marking->edges[e] >> 1]);
	}
}

static void follow(struct marking *marking, enum graph_state how)
{
	const struct graph *graph = marking->graph;

	while (marking->first < marking->last) {
		prefetch_ahead(marking);
		uint32_t n = marking->queue[marking->first++];

		for (size_t e = graph->start[n]; e < graph->start[n + 1]; e++)
			reach(marking, marking->edges[e], how);
		if (!graph->ties_length || !(graph->nodes[n].low & NODE_TIED))
			continue;
		size_t end;

		for (size_t t = graph_ties(graph, n, &end); t < end; t++)
			reach(marking, graph->ties[t].to, how);
	}
}

static void from_roots(struct marking *marking)
{
	const struct graph_words *roots = &marking->graph->roots;

	for (size_t i = 0; i < roots->length; i++)
		reach(marking, ((const uint32_t *)roots->words)[i], GRAPH_REACHABLE);
	follow(marking, GRAPH_REACHABLE);
	/* reach() puts nothing there any more: the places are read from their end. */
	for (size_t i = marking->room; i > marking->inside; i--) {
		reach(marking, marking->queue[i - 1] << 1, GRAPH_INSIDE);
		follow(marking, GRAPH_INSIDE);
	}
}

/* Garbage that other garbage points to. */
static void tell_indirect(const struct marking *marking)
{
	const struct graph *graph = marking->graph;

	for (uint32_t n = 0; n < graph->length; n++) {
		if (graph->state[n] > GRAPH_INDIRECT || graph->start[n] == graph->start[n + 1])
			continue;
		uint32_t own = graph_whose(graph, n);

		for (size_t e = graph->start[n]; e < graph->start[n + 1]; e++) {
			uint32_t to = marking->edges[e] >> 1;

			if (to != own && graph->state[to] == GRAPH_GARBAGE)
				graph->state[to] = GRAPH_INDIRECT;
		}
	}
}

static int mark_all(struct graph *graph)
{
	struct marking marking = { .graph = graph };

	while (graph->swept < graph->length)
		graph->start[graph->swept++] = (uint32_t)graph->heap.length;
	graph_measure(graph);
	graph_resolve(graph, &graph->heap);
	graph_resolve(graph, &graph->roots);
	compact_heap(graph);
	compact_roots(graph);
	int error = make_queue(&marking);

	if (error)
		return error;
	from_roots(&marking);
	tell_indirect(&marking);
	return 0;
}

int graph_mark(struct graph *graph)
{
	int error = graph->stage == GRAPH_SWEEPING ? mark_all(graph) : -EINVAL;

	graph->stage = error ? GRAPH_BROKEN : GRAPH_MARKED;
	return error;
}
