/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_HELD_ARENAS_H
#define VIEWS_HELD_ARENAS_H
/* Sentences on what glibc's malloc holds besides live blocks, as the look at the table's
 * moment found it. */
#include "tracer/heap/tally/look_arenas.h"
#include "views/table/table.h"

/* The free bytes between blocks as a percentage of the memory that was ever handed out
 * (what is mapped, without the top); 0 if none was. */
double arena_fragmentation(const struct look_arena *arena);
/* The arena that a row of a table by arena stands for; NULL: its blocks are in no
 * arena. */
const struct look_arena *arena_of_row(const struct table *table, const struct row *row);
/* "132 MiB mapped, 130 MiB resident, 12 MiB live, 40 MiB free inside (fragmentation 30
 * %), 80 MiB free at the top; malloc_trim would give back 110 MiB".  Returns its
 * length. */
size_t arena_text(const struct look_arena *arena, char *text, size_t size);
/* Says what M_ARENA_MAX and M_MMAP_THRESHOLD would change, in one sentence each.  Returns
 * the length of the text; 0: they would change nothing. */
size_t arenas_max_text(const struct look_arenas *arenas, char *text, size_t size);
size_t arenas_threshold_text(const struct look_arenas *arenas, char *text, size_t size);

#endif
