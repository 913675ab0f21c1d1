/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds which blocks are held.  Breadth first, because the queue tells long before which
 * node comes next, so that its edges are in the cache by then; depth first would wait.
 *
 *	queue    [ reached by starts of blocks only ->      <- pointed at inside ]
 *
 * First the left part is followed to its end; then what only the right part holds.  Each
 * edge puts at most one node into the queue, so it has as many places as there are edges.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/look/graph/ahead.h"
#include "tracer/look/graph/graph_parts.h"

struct marking {
	struct graph *graph;
	const uint32_t *edges;
	uint32_t *queue;
	size_t room, first, last;       /* [first, last): reached, with edges still to be
					 * followed */
	size_t inside;                  /* [inside, room): reached by a pointer inside */
};

/* Moves the edges together: numbers of four bytes over those of eight. */
static size_t compact_span(const uint64_t *words, size_t from, size_t to, uint32_t *edges,
			   size_t length)
{
	for (size_t i = from; i < to; i++) {
		uint64_t word;

		/* With memcpy, because the compiler must not assume that the two types do
		 * not overlap. */
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

/* Makes the queue from the memory of the words that the edges no longer need. */
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

static void reach_later(struct marking *marking, struct ahead *ahead, uint32_t edge,
			enum graph_state how)
{
	__builtin_prefetch(&marking->graph->state[edge >> 1]);
	if (ahead_full(ahead))
		reach(marking, ahead_take(ahead).to, how);
	ahead_put(ahead, edge, 0);
}

__attribute__((always_inline))
static inline void fetch_queued(const struct marking *marking)
{
	const struct graph *graph = marking->graph;
	const uint32_t *next = marking->queue + marking->first;
	size_t queued = marking->last - marking->first;

	if (queued > AHEAD_START)
		__builtin_prefetch(&graph->start[next[AHEAD_START]]);
	if (queued <= AHEAD_EDGES)
		return;
	__builtin_prefetch(&marking->edges[graph->start[next[AHEAD_EDGES]]]);
	if (graph->ties_length)
		__builtin_prefetch(&graph->nodes[next[AHEAD_EDGES]]);
}

static void follow_one(struct marking *marking, struct ahead *ahead, enum graph_state how)
{
	const struct graph *graph = marking->graph;
	uint32_t n = marking->queue[marking->first++];

	for (size_t e = graph->start[n], end = graph->start[n + 1]; e < end; e++)
		reach_later(marking, ahead, marking->edges[e], how);
	if (!graph->ties_length || !(graph->nodes[n].low & NODE_TIED))
		return;
	size_t end;

	for (size_t t = graph_ties(graph, n, &end); t < end; t++)
		reach_later(marking, ahead, graph->ties[t].to, how);
}

static void follow(struct marking *marking, enum graph_state how)
{
	struct ahead ahead;

	ahead.in = ahead.out = 0;
	while (marking->first < marking->last || !ahead_empty(&ahead)) {
		if (marking->first == marking->last) {
			reach(marking, ahead_take(&ahead).to, how);
			continue;
		}
		fetch_queued(marking);
		follow_one(marking, &ahead, how);
	}
}

static void from_roots(struct marking *marking)
{
	const struct graph_words *roots = &marking->graph->roots;

	for (size_t i = 0; i < roots->length; i++)
		reach(marking, ((const uint32_t *)roots->words)[i], GRAPH_REACHABLE);
	follow(marking, GRAPH_REACHABLE);
	/* reach() adds nothing there any more, so the places are read from their end. */
	for (size_t i = marking->room; i > marking->inside; i--) {
		reach(marking, marking->queue[i - 1] << 1, GRAPH_INSIDE);
		follow(marking, GRAPH_INSIDE);
	}
}

/* Marks what is unreachable although an unreachable block points there: as long as
 * nothing else is known, a cycle may be all that holds it. */
static void tell_held(const struct marking *marking)
{
	const struct graph *graph = marking->graph;

	for (uint32_t n = 0; n < graph->length; n++) {
		if (graph->state[n] > GRAPH_INDIRECT || graph->start[n] == graph->start[n + 1])
			continue;
		uint32_t own = graph_whose(graph, n);

		for (size_t e = graph->start[n]; e < graph->start[n + 1]; e++) {
			uint32_t to = marking->edges[e] >> 1;

			if (to != own && graph->state[to] == GRAPH_GARBAGE)
				graph->state[to] = GRAPH_CYCLE;
		}
	}
}

/* Marks a node that hangs from garbage.  Parts have no state of their own to keep. */
static void hang(struct marking *marking, uint32_t n)
{
	const struct graph *graph = marking->graph;

	if (graph->state[n] != GRAPH_CYCLE &&
	    (graph->state[n] != GRAPH_GARBAGE || !(graph->nodes[n].low & NODE_PART)))
		return;
	graph->state[n] = GRAPH_INDIRECT;
	marking->queue[marking->last++] = n;
}

static void hang_below(struct marking *marking, uint32_t n)
{
	const struct graph *graph = marking->graph;
	size_t end;

	for (size_t e = graph->start[n]; e < graph->start[n + 1]; e++)
		hang(marking, marking->edges[e] >> 1);
	if (!graph->ties_length || !(graph->nodes[n].low & NODE_TIED))
		return;
	for (size_t t = graph_ties(graph, n, &end); t < end; t++)
		hang(marking, graph->ties[t].to >> 1);
}

/* Tells what hangs from garbage from what only a cycle holds.  Each node is queued at
 * most once, and by an edge, so that the queue has room for all. */
static void tell_indirect(struct marking *marking)
{
	const struct graph *graph = marking->graph;

	marking->first = marking->last = 0;
	for (uint32_t n = 0; n < graph->length; n++) {
		if (graph->state[n] != GRAPH_GARBAGE || graph->nodes[n].low & NODE_PART)
			continue;
		hang_below(marking, n);
		while (marking->first < marking->last)
			hang_below(marking, marking->queue[marking->first++]);
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
	tell_held(&marking);
	tell_indirect(&marking);
	return 0;
}

int graph_mark(struct graph *graph)
{
	int error = graph->stage == GRAPH_SWEEPING ? mark_all(graph) : -EINVAL;

	graph->stage = error ? GRAPH_BROKEN : GRAPH_MARKED;
	return error;
}
