/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_TAKE_H
#define TRACER_COLLECT_LOOK_TAKE_H
/*
 * What a look works on: the memory of one instant, registers, and the caller's blocks.
 *
 * Each try has a thread of its own: it seizes the threads, copies or clones the memory,
 * lets go, and ends, so that the kernel releases whatever it still held.  Meanwhile
 * another thread gets the caller's blocks.
 */
#include "tracer/collect/look/copy.h"
#include "tracer/collect/look/kernel/kernel.h"
#include "tracer/collect/look/layout.h"
#include "tracer/collect/look/look.h"
#include "tracer/collect/look/own_memory.h"
#include "tracer/collect/look/stop.h"

struct taken {
	struct stop stop;               /* its threads run again by then */
	struct layout layout;
	struct copy copy;
	struct own_memory own;
	struct kernel kernel;
	struct {
		struct layout layout;
		struct copy copy;
		struct own_memory own;
	} before;                       /* LOOK_RUNNING: as it was at the first reading;
					 * else zero */
	/* LOOK_STOOD: called while all threads are stopped, once all blocks are in the graph;
	 * *unread grows by the bytes that could not be read.  0 or -errno. */
	int (*sweep)(struct taken *taken, const struct look_question *question,
		     struct graph *graph, uint64_t *unread);
};

/* On a struct that is zeroed but for `sweep`; call take_free in the end, after a failure
 * too.  LOOK_RUNNING: each thread is in `stop` three times, as it was before, between and
 * after the copies.  0 or -errno as look_at says; -EOPNOTSUPP: it can't be cloned. */
int take_stopped(struct taken *taken, const struct look_question *question,
		 enum look_way way, struct graph *graph, struct look_told *told);
void take_free(struct taken *taken);

#endif
