/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_GRAPH_DOMINATORS_PARTS_H
#define TRACER_LOOK_GRAPH_DOMINATORS_PARTS_H
/* The dominator tree, for its own files: in preorder, so that what a place dominates are
 * the places up to its end. */
#include "tracer/look/graph/dominators.h"
#include "tracer/look/graph/graph_parts.h"

/* By number; 0 is where the roots hang, and no node is above it. */
struct dominators_vertex {
	uint32_t ancestor;              /* its parent; compressed once it is done */
	uint32_t label;                 /* the walk: how many edges are done */
	uint32_t semi;
	uint32_t edges;                 /* from higher numbers, the last of the list; at the end
					 * its immediate dominator */
};

struct dominators {
	const struct graph *graph;
	uint32_t *roots;                /* different ones */
	size_t roots_length;
	/* Place 0 is all.  A node below graph->length is the graph's; then come roots, as
	 * `roots` numbers them, and the last one is nobody. */
	struct dominators_place {
		uint32_t node, end;
	} *places;
	uint32_t length;
};

/* Places in preorder, of nodes by number, and vertices whose `edges` are the numbers
 * above them, all lower than their own; what else is in the vertices is lost. */
void dominators_order(struct dominators_vertex *vertices, const uint32_t *node, uint32_t length,
		      struct dominators_place *places);
/* The runs of a graph's words by root: [length]; the caller frees it.  NULL: no
 * memory. */
struct dominators_run {
	uint32_t root;
	size_t run;
};
struct dominators_run *dominators_runs(const struct graph *graph);

#endif
