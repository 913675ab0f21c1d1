/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds which blocks are held.  Breadth first, because the queue tells long before which
 * node comes next, so that its edges are in the cache by then; depth first would wait.
 *
 *	queue    [ reached by starts of blocks only ->      <- pointed at inside ]
 *
 * First the left part is followed to its end; then what only the right part holds, which
 * moves to the left part.  Each edge puts at most one node into the queue, so it has as many
 * places as there are edges.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/large.h"
#include "tracer/look/graph/ahead.h"
#include "tracer/look/graph/graph_parts.h"

#define ROOTS_A_TURN 1024u
#define AHEAD_STATES 32u                /* edges */

struct marking {
	struct graph *graph;
	const uint32_t *edges;
	uint32_t *queue;
	size_t room, first, last;       /* [first, last): reached, with edges still to be
					 * followed */
	size_t inside;                  /* [inside, room): reached by a pointer inside */
};

/* Looks up the roots' words, and moves the edges together: numbers of four bytes over those of
 * eight. */
static void resolve_roots(struct graph *graph)
{
	struct graph_words *roots = &graph->roots;
	uint32_t edges[ROOTS_A_TURN], *to = (uint32_t *)roots->words;
	size_t length = 0, run = 0;

	for (size_t at = 0, part; at < roots->length; at += part) {
		part = roots->length - at < ROOTS_A_TURN ? roots->length - at : ROOTS_A_TURN;
		graph_resolve(graph, roots->words + at, part, edges);
		for (size_t i = 0; i < part; i++) {
			while (run < graph->runs_length && graph->runs[run].first == at + i)
				graph->runs[run++].first = length;
			to[length] = edges[i];
			length += edges[i] != NOWHERE;
		}
	}
	while (run < graph->runs_length)
		graph->runs[run++].first = length;
	roots->length = length;
}

static int make_queue(struct marking *marking)
{
	struct graph *graph = marking->graph;

	marking->room = graph->heap.length + graph->roots.length + graph->ties_length;
	marking->queue = large_malloc((marking->room + 1) * sizeof(*marking->queue));
	marking->edges = graph->heap.of;
	marking->inside = marking->room;
	graph->queue_room = marking->room + 1;
	graph_measure(graph);
	graph->queue_room = 0;
	return marking->queue ? 0 : -ENOMEM;
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
	/* reach() adds nothing there any more.  The places are read from their beginning, since
	 * the left part grows by as many as were read, and may come to the others. */
	for (size_t i = marking->inside; i < marking->room; i++) {
		reach(marking, marking->queue[i] << 1, GRAPH_INSIDE);
		follow(marking, GRAPH_INSIDE);
	}
}

/* Nodes are met in the order of their edges, so those of the next ones are behind this one. */
__attribute__((always_inline))
static inline void fetch_state(const struct marking *marking, size_t edge)
{
	const struct graph *graph = marking->graph;

	if (edge + AHEAD_STATES < graph->heap.length)
		__builtin_prefetch(&graph->state[marking->edges[edge + AHEAD_STATES] >> 1]);
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

			fetch_state(marking, e);
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

	for (size_t e = graph->start[n]; e < graph->start[n + 1]; e++) {
		fetch_state(marking, e);
		hang(marking, marking->edges[e] >> 1);
	}
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
		while (marking->first < marking->last) {
			fetch_queued(marking);
			hang_below(marking, marking->queue[marking->first++]);
		}
	}
}

static int mark_all(struct graph *graph)
{
	struct marking marking = { .graph = graph };
	int error = graph_end_sweep(graph);

	while (graph->swept < graph->length)
		graph->start[graph->swept++] = (uint32_t)graph->heap.length;
	graph->start[graph->length] = (uint32_t)graph->heap.length;
	resolve_roots(graph);
	if (!error)
		error = make_queue(&marking);
	if (error)
		return error;
	from_roots(&marking);
	tell_held(&marking);
	tell_indirect(&marking);
	free(marking.queue);
	return 0;
}

int graph_mark(struct graph *graph)
{
	int error = graph->stage == GRAPH_SWEEPING ? mark_all(graph) : -EINVAL;

	graph->stage = error ? GRAPH_BROKEN : GRAPH_MARKED;
	return error;
}
