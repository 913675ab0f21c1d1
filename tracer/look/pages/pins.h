/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_PAGES_PINS_H
#define TRACER_LOOK_PAGES_PINS_H
/*
 * Which blocks keep pages in memory that hold little else.
 *
 *	page   [ . . . . . . . b . . . . . . . . ]      pinned by b
 *	page   [ a a a a b . . . . . . . . . . . ]      used: a quarter of it or more is live
 *
 * A page is pinned if live blocks are less than a quarter of it; by the row which has
 * most bytes there, of several the one at the lowest address.  So each page counts once,
 * and what rows pin can be added up: it is what would be free if those few blocks lay
 * elsewhere.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory that is there: whole pages, by address, without overlaps. */
struct pins_piece {
	uint64_t address, bytes;
};

struct pins_block {
	uint64_t address, size;
	uint32_t row;
};

struct pins {
	uint64_t pages;                 /* bytes of pinned pages */
	uint64_t live;                  /* bytes of live blocks on them, of all rows */
};

/* `next` gives all blocks by address; they must not overlap. pins[row] is filled in for
 * each row below `rows`; blocks of other rows count as live on their pages, and pin
 * none. */
void pins_find(const struct pins_piece *pieces, size_t length,
	       bool (*next)(void *user, struct pins_block *block), void *user,
	       struct pins *pins, uint32_t rows);

#endif
