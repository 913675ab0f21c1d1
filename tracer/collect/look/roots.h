/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_ROOTS_H
#define TRACER_COLLECT_LOOK_ROOTS_H
/* Tells which memory of a copied process is heap, and what holds blocks in it. */
#include "tracer/collect/look/copy.h"
#include "tracer/collect/look/kernel/kernel.h"
#include "tracer/collect/look/look.h"
#include "tracer/collect/look/layout.h"
#include "tracer/collect/look/memory.h"
#include "tracer/collect/look/stop.h"

/* The word by which the process's glibc mangles pointers. */
struct roots_guard {
	bool known;
	uint64_t word;
};

#define ROOTS_WINDOW ((size_t)256 << 10)        /* bytes of a process that is not copied, at a
						 * time */

struct copied {
	const struct layout *layout;
	const struct stop *stop;
	const unsigned char *memory;    /* layout->bytes of them, placed as the pieces
					 * say; NULL: the process stands, and is read
					 * when it is needed... */
	int32_t tid;                    /* ...by this thread of it, */
	struct copy *window;            /* into this room, */
	uint64_t *unread;               /* which adds what could not be read */
	struct rooted *rooted;          /* gives the roots names; NULL: they have none */
	struct look_ranges own;         /* the tracer's own memory, which holds nothing */
	const struct kernel *kernel;    /* pointers that the kernel holds; NULL: none */
	struct memory *reads;           /* the same memory, for a few words here and there */
	struct roots_guard guard;
};

/* Reads the guard from the memory of one of the threads. */
struct roots_guard roots_guard_of(const struct stop *stop, struct memory *memory);

/* Gives a sealed graph everything that was copied: the words of the blocks and of the
 * roots.  0, or the graph's error. */
int roots_tell(struct graph *graph, const struct copied *copied,
	       const struct look_question *question);

#endif
