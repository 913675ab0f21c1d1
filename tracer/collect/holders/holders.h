/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_HOLDERS_HOLDERS_H
#define TRACER_COLLECT_HOLDERS_HOLDERS_H
/* Who holds the blocks of a look, as trees over the parts of its snapshot's rows. */
#include "tracer/collect/holders/parts.h"
#include "tracer/collect/look/rooted.h"
#include "tracer/heap/tally/look_held.h"

/* The most entries of each tree.  What finds no room is counted in the entry above it. */
#define HOLDERS_WAYS 65536u
#define HOLDERS_DOMINATORS 262144u

/* Call it after parts_find, which gave part_of.  `typed` is the look's and must still be
 * able to give names; roots that Python has are added to `rooted`.  `retained`: the
 * dominator tree too, which takes about as long as all the rest.  NULL: out of memory. */
struct look_held *holders_find(const struct graph *graph, struct rooted *rooted,
			       const struct typed *typed, const uint32_t *part_of, bool retained);

/* Adds to a sentence which roots alone keep the most alive, if the look was asked for that:
 * "; alone keep alive: static cache (worker.c) 116800 bytes, list (worker) 12000 bytes".
 * Names are foreign text, and cut at 500 bytes. */
void holders_add_heaviest(const struct look_held *held, char *text, size_t size);

#endif
