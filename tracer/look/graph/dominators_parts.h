/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_GRAPH_DOMINATORS_PARTS_H
#define TRACER_LOOK_GRAPH_DOMINATORS_PARTS_H
/* The dominator tree, for its own files: in preorder, so that what a place dominates are
 * the places up to its end. */
#include "tracer/look/graph/dominators.h"
#include "tracer/look/graph/graph_parts.h"

struct dominators {
	const struct graph *graph;
	uint32_t *roots;                /* different ones, ascending */
	size_t roots_length;
	/* Place 0 is all.  A node below graph->length is the graph's; then come roots, as
	 * `roots` numbers them, and the last one is nobody. */
	struct dominators_place {
		uint32_t node, end;
	} *places;
	uint32_t length;
};

#endif
