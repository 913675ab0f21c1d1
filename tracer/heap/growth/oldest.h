/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_GROWTH_OLDEST_H
#define TRACER_HEAP_GROWTH_OLDEST_H
/*
 * The birth of the oldest live block of each tally.  No sum tells it, as blocks end in
 * any order, so it comes from walks over the live blocks: while one goes on, what the
 * last one found is still told.
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
	struct oldest_list found, told; /* by the walk that goes on, and by the last one */
	bool walked;                    /* there was one */
	uint32_t tick;                  /* when the last one ended */
};

/* On a zeroed struct; oldest_free ends it. */
void oldest_free(struct oldest *oldest);
/* A walk begins anew; oldest_count tells each block; oldest_end is behind the last.
 * Without memory a tally's oldest is not known. */
void oldest_begin(struct oldest *oldest);
void oldest_count(struct oldest *oldest, uint32_t tally, uint32_t birth);
void oldest_end(struct oldest *oldest, uint32_t tick);
/* As of the last walk; OLDEST_NONE: it had no block then, or there was no walk. */
uint32_t oldest_of(const struct oldest *oldest, uint32_t tally);

#endif
