/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_SPREAD_H
#define TRACER_HEAP_LIVE_SPREAD_H
/* A span's entries spread out to 64 bits each: how a span of another room or width is
 * made. */
#include "tracer/heap/live/span.h"

#define SPAN_PLACES 64u

struct spread {
	uint64_t bits;                  /* places that have an entry */
	uint64_t entries[SPAN_PLACES];  /* theirs, in their order */
};

void spread_read(struct spread *spread, uint32_t *span);
/* Writes the entries as those of a span that has room and width for them. */
void spread_write(const struct spread *spread, uint32_t *span);
/* Sets the entry of a place, which need not have one yet. */
void spread_set(struct spread *spread, unsigned digit, uint64_t entry);
/* Leaves out the entries of blocks that have ended, and returns how many there were. */
unsigned spread_tidy(struct spread *spread);
/* The least width that has room for all blocks which have not ended. */
enum live_width spread_width(const struct spread *spread);
unsigned spread_length(const struct spread *spread);
/* The entries that a span of this width gets room for if it needs so many. */
unsigned spread_room(unsigned entries, enum live_width width);
/* The units of memory that a span takes. */
unsigned spread_units(unsigned room, enum live_width width);
/* The largest width from this one on, with which so many entries take no more memory. */
enum live_width spread_widest(unsigned entries, enum live_width width);

#endif
