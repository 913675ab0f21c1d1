/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_GRAPH_AHEAD_H
#define TRACER_LOOK_GRAPH_AHEAD_H
/*
 * Edges wait here between being found and being followed, first in, first out: what is
 * fetched for one as it comes in is in the cache when it goes out.  So it depends on
 * edges, not on nodes, how far ahead memory is asked for; a node may have none, or many.
 *
 * Functions that do nothing but prefetch are always_inline, here and elsewhere: gcc (12.2)
 * takes others of that kind for functions without an effect, and drops the calls.
 */
#include <stdbool.h>
#include <stdint.h>

#define AHEAD_ROOM 64u                  /* a power of two */
/* Nodes of a queue that are looked at ahead: for where their edges begin, and for
 * these. */
#define AHEAD_START 48u
#define AHEAD_EDGES 24u

struct ahead_edge {
	uint32_t to, from;              /* as the user has them */
};

struct ahead {
	struct ahead_edge edges[AHEAD_ROOM];
	uint32_t in, out;               /* 0 to begin with */
};

static inline bool ahead_full(const struct ahead *ahead)
{
	return ahead->in - ahead->out == AHEAD_ROOM;
}

static inline bool ahead_empty(const struct ahead *ahead)
{
	return ahead->in == ahead->out;
}

/* Not into a full one. */
static inline void ahead_put(struct ahead *ahead, uint32_t to, uint32_t from)
{
	ahead->edges[ahead->in++ % AHEAD_ROOM] = (struct ahead_edge){ to, from };
}

/* The oldest; not of an empty one. */
static inline struct ahead_edge ahead_take(struct ahead *ahead)
{
	return ahead->edges[ahead->out++ % AHEAD_ROOM];
}

#endif
