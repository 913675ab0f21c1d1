/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_OWN_MEMORY_H
#define TRACER_COLLECT_LOOK_OWN_MEMORY_H
/* Memory in a process that is no root: the tracer's own, and what stacks do not use. */
#include <stdint.h>
#include "tracer/collect/look/look.h"
#include "tracer/collect/look/memory.h"
#include "tracer/collect/look/stop.h"

struct own_memory {
	struct look_range *of;
	size_t length, room;
};

/* On a zeroed struct; call own_memory_free in the end, after a failure too.  Reads the
 * list at `list` (wire_control.own; 0: none) in the process of thread `tid`.  Entries that
 * make no sense are skipped.  0, -ENOMEM, or -ESRCH: the thread has ended. */
int own_memory_read(struct own_memory *own, int32_t tid, uint64_t list);
void own_memory_free(struct own_memory *own);

/* --- unused parts of stacks --- */

/* Bytes below the stack pointer that are still in use: the red zone of the System V ABI for
 * x86-64, 3.2.2. */
#define UNUSED_RED_ZONE 128u

struct unused {
	struct look_range *of;          /* by address; none overlaps another */
	size_t length, room;
};

/* On a zeroed struct; free `of` in the end.  Of a thread whose stack's beginning is not known
 * nothing is listed: below its stack pointer there may be other stacks, or anything.  0 or
 * -ENOMEM. */
int unused_find(struct unused *unused, const struct stop *stop, const struct layout *layout,
		struct memory *memory);
/* The first of the ranges that are in [start, end); NULL: none is. */
const struct look_range *unused_in(const struct unused *unused, uint64_t start, uint64_t end);

#endif
