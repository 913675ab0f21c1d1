/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_LOOK_ARENAS_H
#define TRACER_HEAP_TALLY_LOOK_ARENAS_H
/* The arenas of glibc's malloc that a look found, and which blocks lie in them. */
#include "tracer/heap/tally/look_types.h"

#define LOOK_NO_ARENA 0u
/* glibc's first M_MMAP_THRESHOLD: larger blocks lie in an arena because it has grown. */
#define LOOK_LARGE 131072u

struct look_arena {
	uint64_t mapped, resident;      /* bytes; resident: in memory or swapped */
	uint64_t live, large;           /* of live blocks; of those of LOOK_LARGE or more */
	uint64_t free, top;             /* held by malloc: between blocks; behind the last one */
	uint64_t trim;                  /* resident bytes that malloc_trim(0) would give back */
	bool whole;                     /* false: free and trim are what was found at least */
};

struct look_arenas {
	/* Arenas for types: `names` and (row, arena) parts, of which `look` is not known.
	 * Number LOOK_NO_ARENA is what lies in none. */
	struct look_types *blocks;
	struct look_arena *of;          /* by number, as many as there are names */
	size_t room;
};

/* NULL: out of memory. */
struct look_arenas *look_arenas_new(void);
/* NULL is allowed. */
void look_arenas_free(struct look_arenas *arenas);
/* One more, which has a name that none has, and whose figures are zeroes; valid until the
 * next call.  NULL: out of memory, or the name is there. */
struct look_arena *look_arenas_add(struct look_arenas *arenas, const char *name);
/* The same arenas with the same numbers, without parts.  NULL: out of memory. */
struct look_arenas *look_arenas_copy(const struct look_arenas *from);
/* All of them together. */
struct look_arena look_arenas_sum(const struct look_arenas *arenas);

#endif
