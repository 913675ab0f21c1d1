/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_GROWTH_OLDEST_H
#define TRACER_HEAP_GROWTH_OLDEST_H
/*
 * The birth of each tally's oldest live block.  No sum yields it, as blocks end in any
 * order, so walks over the live blocks look it up; while one is under way, the result of
 * the last one is returned.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OLDEST_NONE UINT32_MAX

struct oldest_list {
	uint32_t *of;                   /* by tally: a birth, or OLDEST_NONE */
	size_t length, room;
};

struct oldest {
	struct oldest_list found, told; /* by the walk that is under way, and by the last
					 * one */
	bool walked;                    /* there was a complete one */
	uint32_t tick;                  /* when the last one ended */
};

/* On a zeroed struct; oldest_free ends it. */
void oldest_free(struct oldest *oldest);
/* oldest_begin starts a new walk, oldest_count is called for each block, and oldest_end
 * ends it.  When out of memory, the oldest block of a tally stays unknown. */
void oldest_begin(struct oldest *oldest);
void oldest_count(struct oldest *oldest, uint32_t tally, uint32_t birth);
void oldest_end(struct oldest *oldest, uint32_t tick);
/* As of the last walk.  OLDEST_NONE: the tally had no block then, or there was no
 * walk. */
uint32_t oldest_of(const struct oldest *oldest, uint32_t tally);

#endif
