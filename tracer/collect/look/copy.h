/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_COPY_H
#define TRACER_COLLECT_LOOK_COPY_H
/* Memory for a copy of another process's, touched before that has to wait for it: fresh
 * pages cost ten times what copying does. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/look/layout.h"

struct copy {
	unsigned char *memory;          /* NULL: none yet */
	size_t room;                    /* bytes */
};

/* On a zeroed struct: makes room for so many bytes, and touches it.  0 or -ENOMEM. */
int copy_prepare(struct copy *copy, uint64_t bytes);
/* Copies those pieces that are `left`, or that are not, from the process that thread
 * `tid` is of; *unread grows by the bytes that could not be read, and are zero.  0,
 * -ENOMEM, or -errno of process_vm_readv(2). */
int copy_take(struct copy *copy, const struct layout *layout, int32_t tid, bool left,
	      uint64_t *unread);
void copy_free(struct copy *copy);

#endif
