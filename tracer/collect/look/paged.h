/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_PAGED_H
#define TRACER_COLLECT_LOOK_PAGED_H
/* What a look finds out about pages: which blocks pin them, and what malloc's arenas
 * hold. */
#include "tracer/collect/look/layout.h"
#include "tracer/collect/look/memory.h"
#include "tracer/look/graph/graph.h"
#include "tracer/look/pages/arenas.h"

struct paged {
	struct pins *pins;              /* by trace, below `traces` */
	uint32_t traces;
	struct arenas arenas;           /* none if the allocator is not glibc's */
	struct paged_live {
		uint64_t blocks, bytes;
	} *live;                        /* by arena */
};

/* On a zeroed struct; call paged_free in the end, after a failure too.  The graph is
 * sealed.  Pages of files and of stacks do not count.  0, or -ENOMEM. */
int paged_find(struct paged *paged, const struct graph *graph,
	       const struct layout *layout, struct memory *memory);
void paged_free(struct paged *paged);

#endif
