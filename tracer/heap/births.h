/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_BIRTHS_H
#define TRACER_HEAP_BIRTHS_H
/*
 * When the live blocks of a model were born, and what of it was alive at which time:
 * census after census, each a walk over the table of live blocks, shard by shard,
 * while the reader has nothing else to do.
 */
#include "tracer/heap/model.h"

/* What is born from here on is of this tick: whole seconds since the run began. */
void model_tick(struct model *model, uint32_t tick);
/* Between events: takes a step of the census that goes on, or begins one if it is due.
 * False: there is none.  A step is as long as one shard, the last one as all tallies. */
bool model_census(struct model *model);
/* A module was loaded: growth before now is of the warm-up. */
void model_warm(struct model *model);
/* From now on live moments have curves too; those of the others always have. */
void model_grows(struct model *model, bool grows);
/* Gives a snapshot of this model, whose rows stand as the tallies do, the curves of its
 * rows as of the last census, as far as there is memory. */
void births_freeze(const struct model *model, struct snapshot *snapshot);
/* Bytes that censuses keep. */
uint64_t model_births_bytes(const struct model *model);

#endif
