/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_ATTACH_H
#define TRACER_COLLECT_RUN_LIVE_ATTACH_H
/* A run that begins by calling the tracer of a process that is already running. */
#include <pthread.h>
#include <stdbool.h>
#include "tracer/collect/attach/call.h"

struct live;

struct attached {
	struct call call;               /* page NULL: there is no such process */
	char **argv;                    /* its own, or NULL */
	_Atomic bool let_go;
	pthread_t rouser;               /* has the tracer answer where there are no events */
	bool called, rousing;           /* the call was made; that thread was begun */
	_Atomic bool busy;              /* it has a thread of the process in its hands */
	/* Who takes the hooks out: each who wants them out adds one, and so does the rouser at
	 * its end; the second one does it. */
	_Atomic int leaving;
};

/* Calls the tracer, once the door knows whom to expect; in the door's thread.  If the
 * process has no event soon, another thread has it answer (call_rouse). */
void live_attach_call(struct live *live);
/* Waits for that thread; once the door is closed. */
void live_attach_end(struct live *live);
/* Waits while that thread holds one of the process's, so that the caller can stop them
 * all. */
void live_attach_still(struct live *live);
/* Checks whether a tracer that was called could not come, and says why; in the door's
 * thread, until it has come. */
void live_attach_watch(struct live *live);
/* Notes how much the allocator says it had given out before, once that is known. */
void live_attach_before(struct live *live);
/* Lets the process go: its tracer sleeps from its next event on, and the run is over for
 * memtop.  Does nothing if no process was attached to, or the second time. */
void live_detach(struct live *live);

#endif
