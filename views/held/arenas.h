/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_HELD_ARENAS_H
#define VIEWS_HELD_ARENAS_H
/* What glibc's malloc holds beside live blocks, as sentences: of the look at a table's
 * moment. */
#include "tracer/heap/tally/look_arenas.h"
#include "views/table/table.h"

/* Free inside, of what was ever handed out (mapped without the top), in percent; 0: that
 * is nothing. */
double arena_fragmentation(const struct look_arena *arena);
/* The arena that a row of a table by arena is about; NULL: its blocks lie in none. */
const struct look_arena *arena_of_row(const struct table *table, const struct row *row);
/* "132 MiB mapped, 130 MiB resident, 12 MiB live, 40 MiB free inside (fragmentation 30
 * %), 80 MiB free at the top; malloc_trim would give back 110 MiB".  Returns its
 * length. */
size_t arena_text(const struct look_arena *arena, char *text, size_t size);
/* What M_ARENA_MAX and M_MMAP_THRESHOLD would change, a sentence each; 0: nothing. */
size_t arenas_max_text(const struct look_arenas *arenas, char *text, size_t size);
size_t arenas_threshold_text(const struct look_arenas *arenas, char *text, size_t size);

#endif
