/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_LOOK_ARENAS_H
#define TRACER_HEAP_TALLY_LOOK_ARENAS_H
/* The arenas of glibc's malloc that a look found, and which blocks lie in them. */
#include "tracer/heap/tally/look_types.h"

#define LOOK_NO_ARENA 0u
/* The first value of glibc's M_MMAP_THRESHOLD: a block larger than this lies in an arena
 * only because the threshold has risen since. */
#define LOOK_LARGE 131072u

struct look_arena {
	uint64_t mapped, resident;      /* bytes; resident: in memory or swapped */
	uint64_t live, large;           /* bytes of live blocks; of those of at least
					 * LOOK_LARGE */
	uint64_t free, top;             /* bytes that malloc holds: between blocks; after
					 * the last one */
	uint64_t trim;                  /* resident bytes that malloc_trim(0) would give back */
	bool whole;                     /* false: free and trim are lower bounds */
};

struct look_arenas {
	/* The parts (row, arena), in the form that look_types has for types: `names` are
	 * the arenas', and `look` is not set.  Number LOOK_NO_ARENA stands for blocks
	 * that are in no arena. */
	struct look_types *blocks;
	struct look_arena *of;          /* by arena number, as many as there are names */
	size_t room;
};

/* NULL: out of memory. */
struct look_arenas *look_arenas_new(void);
/* NULL is allowed. */
void look_arenas_free(struct look_arenas *arenas);
/* Adds an arena with all figures 0; its name must be new.  Valid until the next call.
 * NULL: out of memory, or the name is taken. */
struct look_arena *look_arenas_add(struct look_arenas *arenas, const char *name);
/* Copies the arenas with their numbers, but without parts.  NULL: out of memory. */
struct look_arenas *look_arenas_copy(const struct look_arenas *from);
/* Adds arenas with their parts; rows: by row of theirs that of the sum.  If `pid` is not 0, the
 * names say so: "main arena of process 4711".  False: out of memory. */
bool look_arenas_add_all(struct look_arenas *to, const struct look_arenas *from, int32_t pid,
			 const uint32_t *rows);
/* Whether it is the main arena of a process. */
bool look_arenas_main(const struct look_arenas *arenas, size_t number);
/* The figures of all arenas added up. */
struct look_arena look_arenas_sum(const struct look_arenas *arenas);

#endif
