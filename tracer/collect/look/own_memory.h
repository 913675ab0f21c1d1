/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_OWN_MEMORY_H
#define TRACER_COLLECT_LOOK_OWN_MEMORY_H
/* Memory in a process that is the tracer's and not the program's: it is no root. */
#include <stdint.h>
#include "tracer/collect/look/look.h"

struct own_memory {
	struct look_range *of;
	size_t length, room;
};

/* On a zeroed struct; call own_memory_free in the end, after a failure too.  Reads the
 * list at `list` (wire_control.own; 0: none) in the process of thread `tid`.  Entries that
 * make no sense are skipped.  0, -ENOMEM, or -ESRCH: the thread has ended. */
int own_memory_read(struct own_memory *own, int32_t tid, uint64_t list);
void own_memory_free(struct own_memory *own);

#endif
