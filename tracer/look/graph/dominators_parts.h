/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_GRAPH_DOMINATORS_PARTS_H
#define TRACER_LOOK_GRAPH_DOMINATORS_PARTS_H
/* The dominator tree, for its own files: nodes in preorder, so that a place dominates all
 * places up to its end. */
#include "tracer/look/graph/dominators.h"
#include "tracer/look/graph/graph_parts.h"

/* By number; 0 is above all roots, and no node of the graph has it. */
struct dominators_vertex {
	uint32_t ancestor;              /* its parent; path-compressed once it is done */
	uint32_t label;                 /* during the walk: how many edges are done */
	uint32_t semi;
	uint32_t edges;                 /* the last in the list of edges from higher
					 * numbers; at the end, its immediate dominator */
};

struct dominators {
	const struct graph *graph;
	uint32_t *roots;                /* each only once */
	size_t roots_length;
	/* Place 0 is all.  A node below graph->length is the graph's; after those come
	 * roots, in the order of `roots`, and last nobody. */
	struct dominators_place {
		uint32_t node, end;
	} *places;
	uint32_t length;
};

/* Makes places in preorder, of nodes by number, from vertices whose `edges` are the
 * numbers above them, all lower than their own; everything else in the vertices is
 * overwritten. */
void dominators_order(struct dominators_vertex *vertices, const uint32_t *node, uint32_t length,
		      struct dominators_place *places);
/* A graph's runs of words, sorted by root, [length] of them; the caller frees them.
 * NULL: no memory. */
struct dominators_run {
	uint32_t root;
	size_t run;
};
struct dominators_run *dominators_runs(const struct graph *graph);

#endif
