/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_ATTACH_H
#define TRACER_COLLECT_RUN_LIVE_ATTACH_H
/* A run that begins by calling the tracer of a process that runs already. */
#include <stdbool.h>
#include "tracer/collect/attach/call.h"

struct live;

struct attached {
	struct call call;               /* page NULL: there is no such process */
	char **argv;                    /* its own, or NULL */
	_Atomic bool let_go;
};

/* Its tracer is called, once it is known whom to expect; the door's. */
void live_attach_call(struct live *live);
/* A tracer that was called, and could not come, says why; the door's, while it has
 * not. */
void live_attach_watch(struct live *live);
/* What the allocator had given out before, by its own count, is noted once it is
 * there. */
void live_attach_before(struct live *live);
/* Lets the process go: its tracer sleeps from its next event on, and the run is over for
 * us.  Does nothing where there is none, or a second time. */
void live_detach(struct live *live);

#endif
