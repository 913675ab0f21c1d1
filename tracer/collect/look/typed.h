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
	/* By the graph's numbers.  A block that is not an object itself may belong to
	 * one, as a list's items do. */
	struct typed_block {
		uint32_t type : 30;     /* TYPES_NONE: not known */
		bool object : 1;
		bool tracked : 1;       /* see struct types_found */
	} *blocks;
	size_t length;
	/* Where Python's functions have their locals, from 3.11 on: memory of the
	 * interpreter, possibly with its blocks beside it. */
	struct typed_range {
		uint64_t start, end;
	} *frames;
	size_t frames_length, frames_room;
};

/* On a zeroed struct; call typed_free in the end, after a failure too.  The graph is
 * sealed; `memory` is needed for as long as objects are asked about. python: as in struct
 * types_memory.  Copied words by which Python's collector links its objects become 0,
 * because they hold nothing.  0, or -ENOMEM. */
int typed_find(struct typed *typed, struct graph *graph, struct memory *memory,
	       unsigned python);
/* Call it after typed_find.  Finds the frames of Python's functions, and sets to 0 in the
 * copy what functions that have returned left behind them; `runtime`: the address of
 * _PyRuntime, 0: not known.  0 or -ENOMEM. */
int typed_frames(struct typed *typed, struct memory *memory, uint64_t runtime);
void typed_free(struct typed *typed);

/* The readable name of a type other than TYPES_NONE: "app.Session", "dict (keys)",
 * "std::vector<int>", "Node []".  Writes at most size - 1 bytes; it is foreign text, so
 * it still has to go through format_safe.  Returns its length. */
size_t typed_name(const struct typed *typed, uint32_t type, char *text, size_t size);

#endif
