/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_TAKE_H
#define TRACER_COLLECT_LOOK_TAKE_H
/*
 * What a look works on: the memory of one instant, registers, and the caller's blocks.
 *
 * One try is one thread: it seizes, copies or clones, lets go, and ends, so that the kernel
 * gives back whatever it still had.  The caller's blocks come in another one meanwhile.
 */
#include "tracer/collect/look/copy.h"
#include "tracer/collect/look/kernel/kernel.h"
#include "tracer/collect/look/layout.h"
#include "tracer/collect/look/look.h"
#include "tracer/collect/look/own_memory.h"
#include "tracer/collect/look/stop.h"

struct taken {
	struct stop stop;               /* its threads run again */
	struct layout layout;
	struct copy copy;
	struct own_memory own;
	struct kernel kernel;
	struct {
		struct layout layout;
		struct copy copy;
	} before;                       /* LOOK_RUNNING: as it was read first; else zero */
};

/* On a zeroed struct; take_free ends it, after a failure too.  LOOK_RUNNING: each
 * thread is in `stop` three times, as it was before, between and after the copies.  0 or
 * -errno as look_at says; -EOPNOTSUPP: it can't be cloned. */
int take_stopped(struct taken *taken, const struct look_question *question,
		 enum look_way way, struct graph *graph, struct look_told *told);
void take_free(struct taken *taken);

#endif
