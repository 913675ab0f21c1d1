/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_LOOK_EACH_H
#define TESTS_UNIT_LOOK_EACH_H
/* All blocks of a graph that is marked, by address. */
#include "tracer/look/graph/graph.h"

static inline void each_block(const struct graph *graph,
			      void (*show)(void *user, const struct graph_block *block,
					   enum graph_state state), void *user)
{
	struct graph_block block;
	enum graph_state state;

	for (size_t n = 0; n < graph_length(graph); n++)
		if (graph_at(graph, n, &block, &state))
			show(user, &block, state);
}

#endif
