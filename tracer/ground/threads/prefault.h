/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_THREADS_PREFAULT_H
#define TRACER_GROUND_THREADS_PREFAULT_H
/*
 * Pages for an array that is being filled from its front to its end, found by another
 * thread before they are reached.  The first touch of a page costs a tenth of a millisecond
 * a MiB where the kernel has only to zero it, and some milliseconds in a virtual machine
 * whose host has taken it back: a reader that takes events from a running program would
 * stand still for as long.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tracer/ground/threads/worker.h"

struct prefault {
	struct worker *worker;          /* whose thread does it; NULL: nobody, and pages are
					 * found as they are touched; borrowed */
	struct prefault_job *job;       /* the last one, or NULL */
};

/* Has pages found for what lies between two addresses, which the caller may write meanwhile.
 * A wish, no more; false: it was refused, as the one before is not done yet, or for lack of
 * memory. */
bool prefault_ask(struct prefault *prefault, void *from, void *to);
/* Returns when nobody looks for pages any more, so that the memory may be given back. */
void prefault_end(struct prefault *prefault);

#endif
