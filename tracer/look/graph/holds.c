/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sums over (who holds, what is held).  A block that one trace points to ten times is to
 * be counted once, so the edges are turned round first: each block's holders stand
 * together, and a stamp for each holder says whether it was met at this block before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/look/graph/graph_parts.h"

/* A holder is one number: a root, or after those twice its trace, and one if it is
 * garbage. */
struct turned {
	const struct graph *graph;
	const uint32_t *edges, *roots;
	uint32_t *start;                /* where the holders of each node begin; length + 1 */
	uint32_t *holders;
	uint32_t *stamps;               /* one a holder: node + 1 */
};

struct pairs {
	struct graph_hold *of;          /* pointers 0: free */
	size_t length, room;            /* room: a power of two */
};

static uint32_t holder_of(const struct graph *graph, uint32_t n)
{
	return graph->root_ids + 2 * node_trace(&graph->nodes[n]) +
	       (graph->state[n] <= GRAPH_INDIRECT);
}

/* Counts each node's holders, at start[n + 1]; or puts them in, and then start[n] is
 * where the holders of the next node begin. */
static void turn_edges(struct turned *turned, bool count)
{
	const struct graph *graph = turned->graph;

	for (size_t r = 0; r < graph->runs_length; r++) {
		size_t end = r + 1 < graph->runs_length ? graph->runs[r + 1].first :
							  graph->roots.length;

		for (size_t e = graph->runs[r].first; e < end; e++) {
			uint32_t to = turned->roots[e] >> 1;

			if (count)
				turned->start[to + 1]++;
			else
				turned->holders[turned->start[to]++] = graph->runs[r].root;
		}
	}
	for (uint32_t n = 0; n < graph->length; n++) {
		if (graph->start[n] == graph->start[n + 1])
			continue;
		uint32_t holder = holder_of(graph, n), own = graph_whose(graph, n);

		for (size_t e = graph->start[n]; e < graph->start[n + 1]; e++) {
			uint32_t to = turned->edges[e] >> 1;

			if (to == own)
				continue;
			if (count)
				turned->start[to + 1]++;
			else
				turned->holders[turned->start[to]++] = holder;
		}
	}
}

static int turn_round(struct turned *turned)
{
	const struct graph *graph = turned->graph;
	size_t edges = graph->heap.length + graph->roots.length;

	if (edges >= UINT32_MAX)
		return -E2BIG;
	turned->start = calloc(graph->length + 1, sizeof(*turned->start));
	turned->holders = malloc((edges + 1) * sizeof(*turned->holders));
	turned->stamps = calloc((size_t)graph->root_ids + 2 * (size_t)graph->traces + 1,
				sizeof(*turned->stamps));
	if (!turned->start || !turned->holders || !turned->stamps)
		return -ENOMEM;
	turn_edges(turned, true);
	for (size_t n = 0; n < graph->length; n++)
		turned->start[n + 1] += turned->start[n];
	turn_edges(turned, false);
	return 0;
}

static size_t pair_home(const struct pairs *pairs, const struct graph_hold *hold)
{
	uint64_t key = (uint64_t)hold->holder << 32 | hold->held;

	key = (key ^ (uint64_t)hold->kind << 62) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(key >> 20) & (pairs->room - 1);
}

static struct graph_hold *find_pair(const struct pairs *pairs, const struct graph_hold *hold)
{
	size_t i = pair_home(pairs, hold);

	while (pairs->of[i].pointers &&
	       (pairs->of[i].holder != hold->holder || pairs->of[i].held != hold->held ||
		pairs->of[i].kind != hold->kind))
		i = (i + 1) & (pairs->room - 1);
	return &pairs->of[i];
}

static int grow_pairs(struct pairs *pairs)
{
	struct pairs more = { .length = pairs->length, .room = pairs->room ? pairs->room * 2 : 1024 };

	more.of = calloc(more.room, sizeof(*more.of));
	if (!more.of)
		return -ENOMEM;
	for (size_t i = 0; i < pairs->room; i++)
		if (pairs->of[i].pointers)
			*find_pair(&more, &pairs->of[i]) = pairs->of[i];
	free(pairs->of);
	*pairs = more;
	return 0;
}

static int add_pair(struct pairs *pairs, const struct graph_hold *hold)
{
	int error = pairs->length * 2 >= pairs->room ? grow_pairs(pairs) : 0;

	if (error)
		return error;
	struct graph_hold *pair = find_pair(pairs, hold);

	if (!pair->pointers) {
		pairs->length++;
		*pair = (struct graph_hold){ hold->kind, hold->holder, hold->held, 0, 0, 0 };
	}
	pair->pointers += hold->pointers;
	pair->blocks += hold->blocks;
	pair->bytes += hold->bytes;
	return 0;
}

/* What the holders of one block add. */
static int add_holders(const struct turned *turned, uint32_t n, uint64_t size,
		       struct pairs *pairs)
{
	const struct graph *graph = turned->graph;
	int error = 0;

	for (size_t i = n ? turned->start[n - 1] : 0; !error && i < turned->start[n]; i++) {
		uint32_t holder = turned->holders[i], trace = holder - graph->root_ids;
		bool first = turned->stamps[holder] != n + 1;
		struct graph_hold hold = {
			.kind = holder < graph->root_ids ? GRAPH_BY_ROOT :
				trace & 1 ? GRAPH_BY_GARBAGE : GRAPH_BY_HELD,
			.holder = holder < graph->root_ids ? holder : trace / 2,
			.held = node_trace(&graph->nodes[n]),
			.pointers = 1, .blocks = first, .bytes = first ? size : 0,
		};

		turned->stamps[holder] = n + 1;
		error = add_pair(pairs, &hold);
	}
	return error;
}

static int hold_order(const void *left, const void *right)
{
	const struct graph_hold *a = left, *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->holder != b->holder)
		return a->holder < b->holder ? -1 : 1;
	return a->held < b->held ? -1 : a->held > b->held;
}

static int sum_holds(struct turned *turned, struct pairs *pairs)
{
	const struct graph *graph = turned->graph;
	int error = turn_round(turned);
	size_t kept = 0;

	for (uint32_t n = 0; !error && n < graph->length; n++)
		error = add_holders(turned, n, graph_size(graph, n), pairs);
	if (error)
		return error;
	for (size_t i = 0; i < pairs->room; i++)
		if (pairs->of[i].pointers)
			pairs->of[kept++] = pairs->of[i];
	if (kept)
		qsort(pairs->of, kept, sizeof(*pairs->of), hold_order);
	return 0;
}

int graph_holds(struct graph *graph, struct graph_hold **holds, size_t *length)
{
	struct pairs pairs = { 0 };
	struct turned turned = {
		.graph = graph,
		.edges = (const uint32_t *)graph->heap.words,
		.roots = (const uint32_t *)graph->roots.words,
	};

	if (graph->stage != GRAPH_MARKED)
		return -EINVAL;
	int error = sum_holds(&turned, &pairs);

	free(turned.start);
	free(turned.holders);
	free(turned.stamps);
	if (error)
		free(pairs.of);
	*holds = error ? NULL : pairs.of;
	*length = error ? 0 : pairs.length;
	return error;
}
