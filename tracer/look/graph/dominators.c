/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The semi-NCA algorithm (Georgiadis, Tarjan, Werneck: "Finding Dominators in Practice",
 * 2006, section 2.3): a depth-first walk numbers the nodes, semidominators are found from
 * the highest number down, as Lengauer and Tarjan do, and the immediate dominator of a
 * node is the nearest common ancestor of its parent and its semidominator in the tree
 * made so far.
 *
 * Two things save memory.  An edge to a higher number comes from an ancestor, and is
 * needed only during the walk; only the others are kept.  And `label` holds the lowest
 * semidominator of a path, not the node that has it, because nothing else of that node is
 * needed.
 */
#include "tracer/look/graph/dominators_parts.h"

#include <errno.h>
#include <stdlib.h>
#include "tracer/ground/array.h"
#include "tracer/ground/large.h"

#define AHEAD 8u                        /* how many nodes and lists are prefetched
					 * ahead */
#define FEW_EDGES 8u

struct back_edge {
	uint32_t from, next;            /* next: 0 for none */
};

struct walk {
	const struct graph *graph;
	const uint32_t *edges;
	/* For each node of the graph its number, 0 before it is met, and where its edges
	 * begin; they are together because both are needed at once. */
	struct spot {
		uint32_t number, start;
	} *spots;
	uint32_t *node;                 /* by number */
	struct dominators_vertex *vertices;        /* by number */
	uint32_t length;                /* how many numbers were given, 0 included */
	uint32_t first;                 /* edges to numbers below this do not count: they
					 * come from a higher level of roots, or from
					 * garbage */
	struct back_edge *back;         /* [0] is not used */
	size_t back_length, back_room;
	int error;
};

static uint32_t walk_meet(struct walk *walk, uint32_t node, uint32_t parent)
{
	uint32_t number = walk->length++;

	walk->node[number] = node;
	walk->vertices[number] = (struct dominators_vertex){ .ancestor = parent, .semi = parent };
	if (node >= walk->graph->length)
		return number;
	struct spot *spot = &walk->spots[node];
	uint32_t end = spot[1].start;

	spot->number = number;
	if (end - spot->start > FEW_EDGES)
		end = spot->start + FEW_EDGES;
	for (uint32_t e = spot->start; e < end; e++)
		__builtin_prefetch(&walk->spots[walk->edges[e] >> 1]);
	return number;
}

/* Notes an edge between numbers that were both met. */
static void walk_note(struct walk *walk, uint32_t from, uint32_t to)
{
	struct dominators_vertex *vertex = &walk->vertices[to];

	if (to > from) {
		if (from < vertex->semi)
			vertex->semi = from;
		return;
	}
	if (to == from || to < walk->first || walk->error)
		return;
	if (walk->back_length >= UINT32_MAX) {
		walk->error = -E2BIG;
		return;
	}
	if (!array_grow(&walk->back, &walk->back_room, walk->back_length + 1,
			sizeof(*walk->back))) {
		walk->error = -ENOMEM;
		return;
	}
	walk->back[walk->back_length] = (struct back_edge){ from, vertex->edges };
	vertex->edges = (uint32_t)walk->back_length++;
}

/* The next node that a node points to; the cursor remembers the place. */
static bool walk_next(const struct walk *walk, uint32_t node, uint32_t *cursor,
		      uint32_t *to)
{
	const struct graph *graph = walk->graph;
	const struct spot *spot = &walk->spots[node];
	uint32_t count = spot[1].start - spot->start, turn = (*cursor)++;
	size_t end;

	if (turn < count) {
		*to = walk->edges[spot->start + turn] >> 1;
		return true;
	}
	if (!graph->ties_length || !(graph->nodes[node].low & NODE_TIED))
		return false;
	size_t tie = graph_ties(graph, node, &end) + (turn - count);

	if (tie < end)
		*to = graph->ties[tie].to >> 1;
	return tie < end;
}

/* Walks depth first from a node to which something with number `from` points. */
static void walk_from(struct walk *walk, uint32_t from, uint32_t node)
{
	uint32_t to;

	if (walk->spots[node].number) {
		walk_note(walk, from, walk->spots[node].number);
		return;
	}
	uint32_t at = walk_meet(walk, node, from);

	while (at != from && !walk->error) {
		if (!walk_next(walk, walk->node[at], &walk->vertices[at].label, &to))
			at = walk->vertices[at].ancestor;
		else if (walk->spots[to].number)
			walk_note(walk, at, walk->spots[to].number);
		else
			at = walk_meet(walk, to, at);
	}
}

static void walk_run(struct walk *walk, uint32_t from, size_t run)
{
	const struct graph *graph = walk->graph;
	const uint32_t *words = (const uint32_t *)graph->roots.words;
	size_t end = run + 1 < graph->runs_length ? graph->runs[run + 1].first :
						    graph->roots.length;

	for (size_t i = graph->runs[run].first; i < end && !walk->error; i++)
		walk_from(walk, from, words[i] >> 1);
}

/* Walks what is unreachable: first from blocks to which nothing points, then what is
 * left.  The walk may have met one of the former already, as a block inside it keeps it;
 * it begins here all the same. */
static void walk_garbage(struct walk *walk, uint32_t from)
{
	const struct graph *graph = walk->graph;

	for (int cycles = 0; cycles < 2; cycles++)
		for (uint32_t n = 0; n < graph->length && !walk->error; n++)
			if (cycles ? !walk->spots[n].number :
				     graph->state[n] == GRAPH_GARBAGE &&
				     !(graph->nodes[n].low & NODE_PART))
				walk_from(walk, from, n);
}

static int root_order(const void *left, const void *right)
{
	const struct dominators_run *a = left, *b = right;

	if (a->root != b->root)
		return a->root < b->root ? -1 : 1;
	return a->run < b->run ? -1 : a->run > b->run;
}

struct dominators_run *dominators_runs(const struct graph *graph)
{
	struct dominators_run *runs = malloc((graph->runs_length + 1) * sizeof(*runs));

	for (size_t i = 0; runs && i < graph->runs_length; i++)
		runs[i] = (struct dominators_run){ graph->runs[i].root, i };
	if (runs && graph->runs_length)
		qsort(runs, graph->runs_length, sizeof(*runs), root_order);
	return runs;
}

/* Walks each root of a level with all its words, in the order of the roots' numbers. */
static void walk_level(struct walk *walk, struct dominators *tree,
		       const struct dominators_run *runs, const uint8_t *levels,
		       unsigned level)
{
	const struct graph *graph = walk->graph;
	uint32_t at = 0;

	walk->first = walk->length;
	for (size_t i = 0; i < graph->runs_length; i++) {
		if ((levels ? levels[runs[i].root] : 0u) != level)
			continue;
		if (!i || runs[i].root != runs[i - 1].root) {
			at = walk_meet(walk,
				       (uint32_t)(graph->length + tree->roots_length), 0);
			tree->roots[tree->roots_length++] = runs[i].root;
		}
		walk_run(walk, at, runs[i].run);
	}
}

/* Walks the roots, the lowest level first: what a level reaches belongs to it. */
static void walk_roots(struct walk *walk, struct dominators *tree,
		       const struct dominators_run *runs, const uint8_t *levels)
{
	unsigned last = 0;

	for (size_t i = 0; levels && i < walk->graph->runs_length; i++)
		if (levels[runs[i].root] > last)
			last = levels[runs[i].root];
	for (unsigned level = 0; level <= last; level++)
		walk_level(walk, tree, runs, levels, level);
}

static int walk_all(struct walk *walk, const uint8_t *levels, struct dominators *tree)
{
	const struct graph *graph = walk->graph;
	size_t nodes = graph->length + graph->runs_length + 2;
	struct dominators_run *runs = dominators_runs(graph);

	tree->roots = malloc((graph->runs_length + 1) * sizeof(*tree->roots));
	walk->spots = large_malloc((graph->length + 1) * sizeof(*walk->spots));
	walk->node = large_malloc(nodes * sizeof(*walk->node));
	walk->vertices = large_malloc(nodes * sizeof(*walk->vertices));
	walk->back_length = 1;
	if (!runs || !tree->roots || !walk->spots || !walk->node || !walk->vertices) {
		free(runs);
		return -ENOMEM;
	}
	for (size_t n = 0; n <= graph->length; n++)
		walk->spots[n] = (struct spot){ 0, graph->start[n] };
	walk->vertices[0] = (struct dominators_vertex){ 0 };
	walk->node[0] = UINT32_MAX;
	walk->length = 1;
	walk_roots(walk, tree, runs, levels);
	free(runs);
	walk->first = walk->length;
	walk_garbage(walk,
		     walk_meet(walk, (uint32_t)(graph->length + tree->roots_length), 0));
	return walk->error;
}

/* The lowest semidominator on the path up from `from` to the last node that is done (all
 * above `done` are).  The path is compressed; on the way up its links are reversed, so
 * that no stack is needed. */
static uint32_t lowest_semi(struct dominators_vertex *vertices, uint32_t from, uint32_t done)
{
	uint32_t at = from, below = 0;

	while (vertices[at].ancestor > done) {
		uint32_t next = vertices[at].ancestor;

		vertices[at].ancestor = below;
		below = at;
		at = next;
	}
	uint32_t top = vertices[at].ancestor, lowest = vertices[at].label;

	while (below) {
		struct dominators_vertex *vertex = &vertices[below];

		below = vertex->ancestor;
		vertex->ancestor = top;
		if (vertex->label < lowest)
			lowest = vertex->label;
		else
			vertex->label = lowest;
	}
	return lowest;
}

/* Prefetches the first steps of the path that a list will take. */
__attribute__((always_inline))
static inline void fetch_ahead(const struct walk *walk, uint32_t number)
{
	if (number > 2 * AHEAD && walk->vertices[number - 2 * AHEAD].edges)
		__builtin_prefetch(&walk->back[walk->vertices[number - 2 * AHEAD].edges]);
	if (number > AHEAD && walk->vertices[number - AHEAD].edges) {
		const struct back_edge *edge =
			&walk->back[walk->vertices[number - AHEAD].edges];

		__builtin_prefetch(&walk->vertices[edge->from]);
		if (edge->next)
			__builtin_prefetch(&walk->back[edge->next]);
	}
}

static void find_semidominators(struct walk *walk)
{
	for (uint32_t n = walk->length - 1; n > 0; n--) {
		struct dominators_vertex *vertex = &walk->vertices[n];

		fetch_ahead(walk, n);
		for (uint32_t e = vertex->edges; e; e = walk->back[e].next) {
			uint32_t semi =
				lowest_semi(walk->vertices, walk->back[e].from, n);

			if (semi < vertex->semi)
				vertex->semi = semi;
		}
		vertex->label = vertex->semi;
		vertex->edges = vertex->ancestor;
	}
}

static void find_immediate(struct walk *walk)
{
	for (uint32_t n = 1; n < walk->length; n++) {
		uint32_t dominator = walk->vertices[n].edges;

		while (dominator > walk->vertices[n].semi)
			dominator = walk->vertices[dominator].edges;
		walk->vertices[n].edges = dominator;
	}
}

/* Turns numbers into places: `label` becomes the size of each subtree, `semi` its place,
 * `ancestor` the place for its next child. */
void dominators_order(struct dominators_vertex *vertices, const uint32_t *node, uint32_t length,
		      struct dominators_place *places)
{
	for (uint32_t n = 0; n < length; n++)
		vertices[n].label = 1;
	for (uint32_t n = length - 1; n > 0; n--)
		vertices[vertices[n].edges].label += vertices[n].label;
	vertices[0].semi = 0;
	vertices[0].ancestor = 1;
	for (uint32_t n = 0; n < length; n++) {
		struct dominators_vertex *vertex = &vertices[n], *above = &vertices[vertex->edges];

		if (n) {
			vertex->semi = above->ancestor;
			above->ancestor += vertex->label;
			vertex->ancestor = vertex->semi + 1;
		}
		places[vertex->semi] = (struct dominators_place){
			node[n], vertex->semi + vertex->label };
	}
}

static int dominators_make(struct walk *walk, const uint8_t *levels, struct dominators *tree)
{
	int error = walk_all(walk, levels, tree);

	free(walk->spots);
	walk->spots = NULL;
	if (error)
		return error;
	find_semidominators(walk);
	free(walk->back);
	walk->back = NULL;
	find_immediate(walk);
	tree->length = walk->length;
	tree->places = large_malloc(walk->length * sizeof(*tree->places));
	if (!tree->places)
		return -ENOMEM;
	dominators_order(walk->vertices, walk->node, walk->length, tree->places);
	return 0;
}

int dominators_find(const struct graph *graph, const uint8_t *levels,
		    struct dominators **tree)
{
	struct walk walk = { .graph = graph,
			     .edges = graph->heap.of };

	*tree = NULL;
	if (graph->stage != GRAPH_MARKED)
		return -EINVAL;
	struct dominators *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->graph = graph;
	int error = dominators_make(&walk, levels, made);

	free(walk.spots);
	free(walk.node);
	free(walk.vertices);
	free(walk.back);
	if (error)
		dominators_free(made);
	else
		*tree = made;
	return error;
}

void dominators_free(struct dominators *tree)
{
	if (!tree)
		return;
	free(tree->roots);
	free(tree->places);
	free(tree);
}
