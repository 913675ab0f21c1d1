/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_BATCH_H
#define TRACER_HEAP_BATCH_H
/*
 * Many events at a time: what they will touch is fetched ahead, and a block whose
 * beginning and end both stand in the batch never enters the table of live blocks.
 * The figures are those of model_apply, event by event.
 */
#include "tracer/heap/model.h"

#define BATCH_MAX 1024u                 /* most blocks that die young do so within this */

struct model_event {
	struct model_ring *ring;
	struct wire_event event;        /* as for model_apply */
};

/* Folds `n` events one after the other.  Failures are ignored. */
void model_apply_batch(struct model *model, const struct model_event *events, unsigned n);

#endif
