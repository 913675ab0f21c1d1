/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_TYPED_H
#define TRACER_COLLECT_LOOK_TYPED_H
/* The type of each block of a look. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/look/memory.h"
#include "tracer/look/graph/graph.h"
#include "tracer/look/types/types.h"

struct typed {
	struct types *types;            /* names */
	/* By the graph's numbers.  A block that is no object of its own may belong to
	 * one, as a list's items do. */
	struct typed_block {
		uint32_t type : 30;     /* TYPES_NONE: nobody knows */
		bool object : 1;
		bool tracked : 1;       /* see struct types_found */
	} *blocks;
	size_t length;
	/* Where Python's functions have their locals, from 3.11 on: memory of the
	 * interpreter's, beside which its blocks may lie. */
	struct typed_range {
		uint64_t start, end;
	} *frames;
	size_t frames_length, frames_room;
};

/* On a zeroed struct; typed_free ends it, after a failure too.  The graph is sealed;
 * `memory` is needed for as long as objects are asked about.  python: as in struct
 * types_memory.  Words of the copy by which Python's collector links
 * its objects become 0, as they hold nothing.  0, or -ENOMEM. */
int typed_find(struct typed *typed, const struct graph *graph, struct memory *memory,
	       unsigned python);
/* Then finds its frames, and makes 0 in the copy what functions that have returned left behind
 * them; `runtime`: the address of _PyRuntime, 0: nobody knows.  0 or -ENOMEM. */
int typed_frames(struct typed *typed, struct memory *memory, uint64_t runtime);
void typed_free(struct typed *typed);

/* The readable name of a type that is not TYPES_NONE: "app.Session", "dict (keys)",
 * "std::vector<int>", "Node []".  At most size - 1 bytes; foreign text, so format_safe is
 * still to be asked.  Returns its length. */
size_t typed_name(const struct typed *typed, uint32_t type, char *text, size_t size);

#endif
