/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_HOLDERS_NAMED_H
#define TRACER_COLLECT_HOLDERS_NAMED_H
/*
 * By which names blocks are held in a program of Python's (tracer/look/types/names.h).
 *
 *	module app -> dict -> "CACHE" dict -> list -> app.Session
 *	`-- a start of ways   `-- the name of a block, by the word that its way leads through
 */
#include "tracer/collect/look/rooted.h"
#include "tracer/collect/look/typed.h"
#include "tracer/heap/tally/look_types.h"
#include "tracer/look/graph/ways.h"

struct named {
	/* Its `names`: what is written instead of a block's type ("module app", "dict"),
	 * or if it begins with '"' before that.  Its parts: of a part of the look's
	 * (`row`) and a name (`type`), with `size`, the bytes of such blocks and of all
	 * below them. */
	struct look_types *pairs;
	uint32_t *of;                   /* of each of graph_length's numbers its name; 0: none */
	size_t length;
	struct ways_start *starts;      /* modules, then locals */
	size_t starts_length, starts_room, modules;
	bool *sure;                     /* as in struct ways_starts: what Python's collector reads */
};

/* On a zeroed struct; named_free ends it, after a failure too.  The starts, whose roots
 * are new ones of `rooted`, and the names of modules.  0 or -ENOMEM. */
int named_starts(struct named *named, const struct graph *graph, const struct typed *typed,
		 struct rooted *rooted);
/* The tree of ways from those is known: the names of blocks by what is right above them
 * there, and the pairs.  part_of: parts.h.  0 or -ENOMEM. */
int named_keys(struct named *named, const struct graph *graph, const struct typed *typed,
	       const struct dominators *ways, const uint32_t *part_of);
void named_free(struct named *named);

/* Rows for a fold: of each number its part, or `parts` and more: parts + a pair.  The
 * pairs of fewest bytes, beyond `most`, are none.  0 or -ENOMEM. */
int named_rows(const struct named *named, const uint32_t *part_of, uint32_t parts, size_t most,
	       uint32_t *rows);

#endif
