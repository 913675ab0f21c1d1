/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_PARTS_H
#define TRACER_COLLECT_RINGS_PARTS_H
/* Parts of the heap that whoever runs a session wants sums and a peak of: what
 * is a part is asked once for each new stack, thread and domain. */
#include "tracer/heap/catalog/catalog.h"
#include "tracer/heap/watch.h"

struct parts {
	unsigned length;                /* 0: none; at most WATCH_JUDGES */
	/* A bit for each part that keeps the row.  In the reader's thread, when
	 * the stack's frames have their names. */
	uint64_t (*keeps)(void *user, struct catalog *catalog, uint32_t nframe,
			  const struct snapshot_row *row);
	void *user;
};

#endif
