/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_ATTACH_H
#define TRACER_COLLECT_RUN_LIVE_ATTACH_H
/* A run that begins by calling the tracer of a process that is already running. */
#include <stdbool.h>
#include "tracer/collect/attach/call.h"

struct live;

struct attached {
	struct call call;               /* page NULL: there is no such process */
	char **argv;                    /* its own, or NULL */
	_Atomic bool let_go;
};

/* Calls the tracer, once the door knows whom to expect; in the door's thread. */
void live_attach_call(struct live *live);
/* Checks whether a tracer that was called could not come, and says why; in the door's
 * thread, until it has come. */
void live_attach_watch(struct live *live);
/* Notes how much the allocator says it had given out before, once that is known. */
void live_attach_before(struct live *live);
/* Lets the process go: its tracer sleeps from its next event on, and the run is over for
 * memtop.  Does nothing if no process was attached to, or the second time. */
void live_detach(struct live *live);

#endif
