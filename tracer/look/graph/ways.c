/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breadth first, rank by rank: what meets a block first is above it in the tree. */
#include "tracer/look/graph/ways.h"

#include <errno.h>
#include <stdlib.h>
#include "tracer/ground/large.h"
#include "tracer/look/graph/ahead.h"
#include "tracer/look/graph/dominators_parts.h"

struct ways {
	const struct graph *graph;
	const uint32_t *edges;
	uint32_t *node;                 /* by number, in the order in which they were
					 * met */
	struct dominators_vertex *vertices;     /* by number */
	bool *met;                      /* by node */
	uint32_t length;                /* how many numbers were given, 0 included */
	uint32_t done;                  /* numbers below this have their edges done */
	struct ahead ahead;             /* of nodes, and the number above each; empty
					 * between calls */
	const struct ways_starts *starts;
	uint32_t *later;                /* numbers of nodes that may have leftovers */
	size_t later_length;
	bool begun;                     /* nodes are no longer put off */
};

static uint32_t ways_number(struct ways *ways, uint32_t node, uint32_t above)
{
	ways->node[ways->length] = node;
	ways->vertices[ways->length] = (struct dominators_vertex){ .edges = above };
	return ways->length++;
}

static void ways_meet(struct ways *ways, uint32_t node, uint32_t above)
{
	if (ways->met[node])
		return;
	ways->met[node] = true;
	ways_number(ways, node, above);
}

static void ways_meet_oldest(struct ways *ways)
{
	struct ahead_edge edge = ahead_take(&ways->ahead);

	ways_meet(ways, edge.to, edge.from);
}

static void ways_meet_later(struct ways *ways, uint32_t node, uint32_t above)
{
	__builtin_prefetch(&ways->met[node]);
	if (ahead_full(&ways->ahead))
		ways_meet_oldest(ways);
	ahead_put(&ways->ahead, node, above);
}

__attribute__((always_inline))
static inline void ways_fetch(const struct ways *ways)
{
	const struct graph *graph = ways->graph;
	const uint32_t *next = ways->node + ways->done;
	uint32_t queued = ways->length - ways->done;

	if (queued > AHEAD_START && next[AHEAD_START] < graph->length)
		__builtin_prefetch(&graph->start[next[AHEAD_START]]);
	if (queued > AHEAD_EDGES && next[AHEAD_EDGES] < graph->length)
		__builtin_prefetch(&ways->edges[graph->start[next[AHEAD_EDGES]]]);
}

/* Follows what the block with a number holds. */
static void ways_pass(struct ways *ways, uint32_t number)
{
	const struct graph *graph = ways->graph;
	uint32_t n = ways->node[number];

	for (size_t e = graph->start[n], end = graph->start[n + 1]; e < end; e++)
		ways_meet_later(ways, ways->edges[e] >> 1, number);
	if (!graph->ties_length || !(graph->nodes[n].low & NODE_TIED))
		return;
	size_t end, tie = graph_ties(graph, n, &end);

	for (; tie < end; tie++)
		ways_meet_later(ways, graph->ties[tie].to >> 1, number);
}

/* Follows everything that blocks hold which were met so far. */
static void ways_follow(struct ways *ways)
{
	while (ways->done < ways->length || !ahead_empty(&ways->ahead)) {
		if (ways->done == ways->length) {
			ways_meet_oldest(ways);
			continue;
		}
		uint32_t n = ways->node[ways->done];

		ways_fetch(ways);
		if (n < ways->graph->length) {
			if (ways->begun || ways->starts->sure[n])
				ways_pass(ways, ways->done);
			else
				ways->later[ways->later_length++] = ways->done;
		}
		ways->done++;
	}
}

/* All starts are done: now the nodes that were put off are followed. */
static void ways_begun(struct ways *ways)
{
	ways->begun = true;
	for (size_t i = 0; i < ways->later_length; i++)
		ways_pass(ways, ways->later[i]);
	ways_follow(ways);
}

/* Meets the blocks that a rank's roots point to, and all that they hold. */
static void ways_rank(struct ways *ways, const struct dominators_run *runs,
		      const uint8_t *ranks, const uint32_t *numbers, unsigned rank)
{
	const struct graph *graph = ways->graph;
	const uint32_t *words = (const uint32_t *)graph->roots.words;

	for (size_t i = 0; i < graph->runs_length; i++) {
		size_t run = runs[i].run, end = run + 1 < graph->runs_length ?
			graph->runs[run + 1].first : graph->roots.length;

		if ((ranks ? ranks[runs[i].root] : 0u) != rank)
			continue;
		for (size_t w = graph->runs[run].first; w < end; w++)
			ways_meet(ways, words[w] >> 1, numbers[i]);
	}
	ways_follow(ways);
}

/* Meets what is unreachable: first from blocks to which nothing points, then what is
 * left. */
static void ways_garbage(struct ways *ways, uint32_t nobody)
{
	const struct graph *graph = ways->graph;

	for (uint32_t n = 0; n < graph->length; n++)
		if (graph->state[n] == GRAPH_GARBAGE && !(graph->nodes[n].low & NODE_PART))
			ways_meet(ways, n, nobody);
	ways_follow(ways);
	for (uint32_t n = 0; n < graph->length; n++)
		if (!ways->met[n]) {
			ways_meet(ways, n, nobody);
			ways_follow(ways);
		}
}

static uint32_t number_root(struct ways *ways, struct dominators *tree, uint32_t root)
{
	uint32_t node = (uint32_t)(ways->graph->length + tree->roots_length);

	tree->roots[tree->roots_length++] = root;
	return ways_number(ways, node, 0);
}

/* Meets starts, and what they hold; `numbers` are of the roots above them. */
static void ways_begin(struct ways *ways, const uint32_t *numbers, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		uint32_t node = ways->starts->of[i].node;

		if (ways->graph->state[node] >= GRAPH_INSIDE)
			ways_meet(ways, node, numbers[i]);
	}
	ways_follow(ways);
}

/* `numbers`: of the roots above each start, then of each run. */
static void ways_walk(struct ways *ways, struct dominators *tree,
		      const struct dominators_run *runs, const uint8_t *ranks,
		      uint32_t *numbers)
{
	const struct ways_starts *starts = ways->starts;
	const struct graph *graph = ways->graph;
	uint32_t *of_runs = numbers + starts->length;
	unsigned last = 0;

	ways_number(ways, UINT32_MAX, 0);
	for (size_t i = 0; i < starts->length; i++)
		numbers[i] = i && starts->of[i].root == starts->of[i - 1].root ?
			     numbers[i - 1] : number_root(ways, tree, starts->of[i].root);
	for (size_t i = 0; i < graph->runs_length; i++) {
		of_runs[i] = i && runs[i].root == runs[i - 1].root ?
			     of_runs[i - 1] : number_root(ways, tree, runs[i].root);
		if (ranks && ranks[runs[i].root] > last)
			last = ranks[runs[i].root];
	}
	uint32_t nobody =
		ways_number(ways, (uint32_t)(graph->length + tree->roots_length), 0);

	ways_begin(ways, numbers, 0, starts->first);
	ways_begin(ways, numbers, starts->first, starts->length);
	ways_begun(ways);
	for (unsigned rank = 0; rank <= last; rank++)
		ways_rank(ways, runs, ranks, of_runs, rank);
	ways_garbage(ways, nobody);
}

static int ways_make(struct ways *ways, const uint8_t *ranks, struct dominators *tree)
{
	const struct graph *graph = ways->graph;
	size_t roots = graph->runs_length + ways->starts->length;
	size_t nodes = graph->length + roots + 2;
	struct dominators_run *runs = dominators_runs(graph);
	uint32_t *numbers = malloc((roots + 1) * sizeof(*numbers));

	tree->roots = malloc((roots + 1) * sizeof(*tree->roots));
	ways->node = large_malloc(nodes * sizeof(*ways->node));
	ways->vertices = large_malloc(nodes * sizeof(*ways->vertices));
	ways->met = large_calloc(graph->length + 1, sizeof(*ways->met));
	ways->later = large_malloc((ways->starts->length ? graph->length + 1 : 1) * sizeof(*ways->later));
	if (runs && numbers && tree->roots && ways->node && ways->vertices && ways->met &&
	    ways->later) {
		ways_walk(ways, tree, runs, ranks, numbers);
		tree->length = ways->length;
		tree->places = large_malloc(ways->length * sizeof(*tree->places));
	}
	free(runs);
	free(numbers);
	if (!tree->places)
		return -ENOMEM;
	dominators_order(ways->vertices, ways->node, ways->length, tree->places);
	return 0;
}

int ways_find(const struct graph *graph, const uint8_t *ranks, const struct ways_starts *starts,
	      struct dominators **tree)
{
	static const struct ways_starts none;
	struct ways ways = { .graph = graph, .edges = graph->heap.of,
			     .starts = starts ? starts : &none };
	struct dominators *made;

	*tree = NULL;
	if (graph->stage != GRAPH_MARKED)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->graph = graph;
	int error = ways_make(&ways, ranks, made);

	free(ways.node);
	free(ways.vertices);
	free(ways.met);
	free(ways.later);
	if (error)
		dominators_free(made);
	else
		*tree = made;
	return error;
}
