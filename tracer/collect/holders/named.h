/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_HOLDERS_NAMED_H
#define TRACER_COLLECT_HOLDERS_NAMED_H
/*
 * By which names blocks are held: in a program of Python's (tracer/look/types/names.h), and
 * by the members of a variable that is a struct.
 *
 *	module app -> dict -> "CACHE" dict -> list -> app.Session
 *	`-- a start of ways   `-- the name of a block, by the word that its way leads through
 *	server (redis-server) -> .db[3].dict 96 B
 */
#include "tracer/collect/look/rooted.h"
#include "tracer/collect/look/typed.h"
#include "tracer/heap/tally/look_types.h"
#include "tracer/look/graph/ways.h"

struct named {
	/* Its `names` are what is written instead of a block's type ("module app",
	 * "dict") or, if they begin with '"' or '.', before it.  Its parts are pairs: of a part
	 * of the look's (`row`) and a name (`type`), with `size`, the bytes of such
	 * blocks and of all below them. */
	struct look_types *pairs;
	uint32_t *of;                   /* by the graph's numbers, graph_length of them:
					 * the name; 0: none */
	size_t length;
	struct ways_start *starts;      /* modules, then locals */
	size_t starts_length, starts_room, modules;
	bool *sure;                     /* as in struct ways_starts: whether Python's
					 * collector reads it */
};

/* On a zeroed struct; call named_free in the end, after a failure too.  Finds the starts,
 * whose roots are added to `rooted`, and the names of modules.  0 or -ENOMEM. */
int named_starts(struct named *named, const struct graph *graph, const struct typed *typed,
		 struct rooted *rooted);
/* Once the tree of ways from those starts is known: finds the names of blocks, by what is
 * right above them there, and the pairs. part_of: parts.h.  0 or -ENOMEM. */
int named_keys(struct named *named, const struct graph *graph, const struct typed *typed,
	       struct rooted *rooted, const struct dominators *ways, const uint32_t *part_of);
void named_free(struct named *named);

/* Rows for a fold: by number its part or, if it has a name, `parts` plus the pair's
 * number.  Only the `most` pairs with the most bytes are used.  0 or -ENOMEM. */
int named_rows(const struct named *named, const uint32_t *part_of, uint32_t parts, size_t most,
	       uint32_t *rows);

#endif
