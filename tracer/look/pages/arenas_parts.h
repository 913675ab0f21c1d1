/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_PAGES_ARENAS_PARTS_H
#define TRACER_LOOK_PAGES_ARENAS_PARTS_H
/* The words of a struct malloc_state, for this room's own files. */
#include "tracer/look/pages/arenas.h"

enum {
	ARENA_FAST = 2, FAST_BINS = 10, ARENA_TOP = 12, ARENA_BINS = 14, BINS = 127,
	ARENA_NEXT = 270, ARENA_MAPPED = 273, ARENA_MAPPED_MOST = 274, ARENA_WORDS = 275
};

bool arena_read(const struct arenas_question *question, uint64_t address, void *to,
		size_t length);
/* Adds up the chunks of an arena whose heaps are known.  0 or -ENOMEM. */
int chunks_walk(struct arenas *arenas, const struct arenas_question *question,
		uint32_t number);

#endif
