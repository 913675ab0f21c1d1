/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_GRAPH_AHEAD_H
#define TRACER_LOOK_GRAPH_AHEAD_H
/*
 * Edges wait here between being found and being followed, first in, first out: what is
 * prefetched for an edge when it comes in is in the cache when it goes out.  So the
 * distance of prefetching counts edges and not nodes, since a node may have none or many.
 *
 * Functions that only prefetch are always_inline, here and elsewhere: gcc (12.2) takes
 * others of that kind for functions without an effect, and drops the calls.
 */
#include <stdbool.h>
#include <stdint.h>

#define AHEAD_ROOM 64u                  /* a power of two */
/* How many nodes of a queue are prefetched ahead: for the place where their edges begin,
 * and for the edges. */
#define AHEAD_START 48u
#define AHEAD_EDGES 24u

struct ahead_edge {
	uint32_t to, from;              /* in the user's own numbers */
};

struct ahead {
	struct ahead_edge edges[AHEAD_ROOM];
	uint32_t in, out;               /* counts of edges put and taken; 0 at first */
};

static inline bool ahead_full(const struct ahead *ahead)
{
	return ahead->in - ahead->out == AHEAD_ROOM;
}

static inline bool ahead_empty(const struct ahead *ahead)
{
	return ahead->in == ahead->out;
}

/* Adds an edge; must not be called when it is full. */
static inline void ahead_put(struct ahead *ahead, uint32_t to, uint32_t from)
{
	ahead->edges[ahead->in++ % AHEAD_ROOM] = (struct ahead_edge){ to, from };
}

/* Removes and returns the oldest edge; must not be called when it is empty. */
static inline struct ahead_edge ahead_take(struct ahead *ahead)
{
	return ahead->edges[ahead->out++ % AHEAD_ROOM];
}

#endif
