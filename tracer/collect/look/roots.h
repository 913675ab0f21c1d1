/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_ROOTS_H
#define TRACER_COLLECT_LOOK_ROOTS_H
/* What of a copied process is heap, and what holds it. */
#include "tracer/collect/look/kernel/kernel.h"
#include "tracer/collect/look/look.h"
#include "tracer/collect/look/layout.h"
#include "tracer/collect/look/stop.h"

struct copied {
	const struct layout *layout;
	const struct stop *stop;
	const unsigned char *memory;    /* layout->bytes, as the pieces say */
	struct rooted *rooted;          /* names the roots; NULL: they have none */
	struct look_ranges own;         /* the tracer's, which hold nothing */
	const struct kernel *kernel;    /* what the kernel has; NULL: nothing */
};

/* Gives a sealed graph all that was copied: sweeps what blocks lie in, and tells roots.
 * 0, or what the graph said. */
int roots_tell(struct graph *graph, const struct copied *copied,
	       const struct look_question *question);

#endif
