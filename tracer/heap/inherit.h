/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_INHERIT_H
#define TRACER_HEAP_INHERIT_H
/* Models of forked children: fork.c. */
#include "tracer/heap/model.h"

/*
 * A new model of a forked child takes over the blocks that its parent had: at
 * the WIRE_FORK `fork`, which is closed by that, or (0) as it is now.  They are
 * the child's first allocations, under the same traces and threads.  0, -ENOMEM,
 * or -ENOENT: that fork is not open (any more), and the child begins empty.
 */
int model_inherit(struct model *child, struct model *parent, uint64_t fork);
/* Forks whose child has not come: for each, `gone(user, pid)` (pid 0: not known
 * yet) says whether it never will; such a one is closed.  How many stay open. */
size_t model_forks(struct model *model, bool (*gone)(void *user, int32_t pid), void *user);

#endif
