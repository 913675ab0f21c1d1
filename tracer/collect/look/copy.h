/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_COPY_H
#define TRACER_COLLECT_LOOK_COPY_H
/* Memory for a copy of another process's memory.  Its pages are touched before that
 * process has to wait for the copy, because fresh pages cost ten times what copying
 * does. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/look/layout.h"

struct copy {
	unsigned char *memory;          /* NULL: none yet */
	size_t room;                    /* bytes */
};

/* On a zeroed struct: makes room for this many bytes, and touches it.  0 or -ENOMEM. */
int copy_prepare(struct copy *copy, uint64_t bytes);
/* Copies the pieces that are `left`, or those that are not, from the process of thread
 * `tid`; *unread grows by the bytes that could not be read, which become zero.  0,
 * -ENOMEM, or -errno of process_vm_readv(2). */
int copy_take(struct copy *copy, const struct layout *layout, int32_t tid, bool left,
	      uint64_t *unread);
/* Reads a piece of whole pages to the beginning of the room, where its `at` is; likewise. */
int copy_window(struct copy *copy, int32_t tid, struct piece piece, uint64_t *unread);
void copy_free(struct copy *copy);

#endif
