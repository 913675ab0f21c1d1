/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_FOLD_BATCH_H
#define TRACER_HEAP_FOLD_BATCH_H
/*
 * Applies many events at a time: the memory that they touch is prefetched, and a block
 * that begins and ends within the batch never enters the table of live blocks.  The
 * figures are the same as if model_apply were called for each event.
 */
#include "tracer/heap/model.h"

#define BATCH_MAX 1024u                 /* most blocks that die young do so within so many
					 * events */

struct model_event {
	struct model_ring *ring;
	struct wire_event event;        /* as in model_apply */
};

/* Applies `n` events in their order.  Failures are ignored. */
void model_apply_batch(struct model *model, const struct model_event *events, unsigned n);

#endif
