/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_PAGES_ARENAS_H
#define TRACER_LOOK_PAGES_ARENAS_H
/*
 * The arenas of glibc's malloc, found in a process's memory without its help.
 *
 *	libc's data   [ ... | main arena: bins, top, next -+ ... ]
 *	[heap]        [ chunk | chunk | free chunk | top  ]|
 *	64 MiB apart  [ heap_info | arena <----------------+ | chunk | top ]
 *
 * The main arena is recognized by its bins: each one's list leads back to the bin.  The
 * others are found by `next`, and their heaps by heap_info.  Layouts: glibc 2.27 to
 * 2.42, malloc.c (struct malloc_state, malloc_chunk), arena.c (heap_info).  Pure: it
 * reads by its caller's function and trusts nothing; lists that do not end and chunks
 * that do not add up make an arena that is not whole.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/look/pages/pins.h"

struct arenas_question {
	/* Copies `length` bytes of the process at `address`.  False: they are not
	 * there. */
	bool (*read)(void *user, uint64_t address, void *to, size_t length);
	void *user;
	struct arenas_range {
		uint64_t start, end;
	} libc, heap;                   /* libc's data; what the kernel calls [heap] */
	const struct pins_piece *pieces;        /* what is in memory */
	size_t length;
};

struct arena {
	uint64_t address;               /* of its struct malloc_state */
	uint64_t mapped;                /* size of its heaps, as the arena itself counts
					 * it */
	uint64_t resident;              /* how many of these are in memory or swapped */
	uint64_t free;                  /* in free chunks below the top one */
	uint64_t top;                   /* in the top chunk */
	uint64_t trim;                  /* resident bytes that malloc_trim(0) would give back */
	bool whole;                     /* its chunks add up, so free and trim are
					 * complete */
};

struct arenas {
	struct arena *of;               /* the main one first */
	size_t length, room;
	struct arenas_heap {
		uint64_t start, end;
		uint32_t arena;
	} *heaps;                       /* by address */
	size_t heaps_length, heaps_room;
};

/* On a zeroed struct; call arenas_free in the end, after a failure too.  0 without
 * arenas: the allocator is another one, or nothing was allocated.  -ENOMEM. */
int arenas_find(struct arenas *arenas, const struct arenas_question *question);
void arenas_free(struct arenas *arenas);
/* The arena that an address is in; SIZE_MAX: none (mmap, another allocator). */
size_t arenas_of(const struct arenas *arenas, uint64_t address);

#endif
