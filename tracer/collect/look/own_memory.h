/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_OWN_MEMORY_H
#define TRACER_COLLECT_LOOK_OWN_MEMORY_H
/* What of a process is the tracer's memory and not the program's: it is no root. */
#include <stdint.h>
#include "tracer/collect/look/look.h"

struct own_memory {
	struct look_range *of;
	size_t length, room;
};

/* On a zeroed struct; own_memory_free ends it, after a failure too.  Reads the list at
 * `list` (wire_control.own; 0: none) of the process of thread `tid`, which stands.  What
 * makes no sense there is left out.  0 or -ENOMEM. */
int own_memory_read(struct own_memory *own, int32_t tid, uint64_t list);
void own_memory_free(struct own_memory *own);

#endif
