/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_INHERIT_H
#define TRACER_HEAP_INHERIT_H
/* Models of forked children; implemented in fork.c. */
#include "tracer/heap/model.h"

/*
 * Gives a child's new model the blocks that its parent had at the WIRE_FORK `fork`, which
 * is closed by that, or with 0 those that it has now.  They count as the child's first
 * allocations, under the same traces and threads.  Returns 0, -ENOMEM, or -ENOENT if that
 * fork is not open (any more), upon which the child begins empty, and as many events count
 * as lost (model_refused) as its parent has blocks now.
 */
int model_inherit(struct model *child, struct model *parent, uint64_t fork);
/* A child whose parent's model is gone begins empty.  Nobody can say how many blocks it
 * lacks, so one event counts as lost. */
void model_orphan(struct model *child);
/* Closes forks whose child will never come: for each child that has not said hello,
 * `gone(user, pid)` tells whether that is so (pid 0: not known yet).  Returns how many
 * forks stay open. */
size_t model_forks(struct model *model, bool (*gone)(void *user, int32_t pid), void *user);

#endif
