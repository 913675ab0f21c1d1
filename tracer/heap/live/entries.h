/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_ENTRIES_H
#define TRACER_HEAP_LIVE_ENTRIES_H
/* The pieces of memory of the table of live blocks, and what refers to what. */
#include "tracer/heap/live/spread.h"

#define LIVE_RESERVE 384u               /* units: more than one new entry may take */

/* Makes sure that entries_make will find memory, which may move everything.  0 or
 * -ENOMEM; then entries that are there still are. */
int entries_reserve(struct live *live);
/* What refers to the span of this key; NULL: there is none. */
uint32_t *entries_find(const struct live *live, uint64_t key);
/* As entries_find, and remembers where the key's region is. */
uint32_t *entries_find_again(struct live *live, uint64_t key);
/* Makes room for this entry of a key, where there is none yet, or none that can hold it;
 * `at` is what entries_find_again said of the key. */
unsigned char *entries_make(struct live *live, uint32_t *at, uint64_t key,
			    uint64_t entry);
/* Makes the span to which `at` refers anew, of these entries, with that width or more. */
void entries_spread(struct live *live, uint32_t *at, const struct spread *spread,
		    enum live_width least);
/* Shows each span, with its first key, of the next 64 KiB at or behind *key in which there are
 * any, and moves *key behind them.  False: there were no more. */
bool entries_spans(const struct live *live, uint64_t *key,
		   void (*see)(void *user, uint32_t span, uint64_t key), void *user);
/* Units that blocks which have ended, and free pieces, take. */
uint64_t entries_wasted_units(const struct live *live);
/* Gives the memory room for so many units, which are as many as are in use, or more.
 * 0 or -ENOMEM. */
int entries_resize(struct live *live, uint64_t units);
/* Leaves out what is wasted.  0 or -ENOMEM. */
int entries_pack(struct live *live);

#endif
