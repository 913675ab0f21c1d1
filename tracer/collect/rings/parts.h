/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_PARTS_H
#define TRACER_COLLECT_RINGS_PARTS_H
/* Parts of the heap of which the session's owner wants sums and a peak.  For each new
 * stack, thread and domain it is asked once which parts it belongs to. */
#include "tracer/heap/catalog/catalog.h"
#include "tracer/heap/watch.h"

struct parts {
	unsigned length;                /* 0: none; at most WATCH_JUDGES */
	/* Returns a bit for each part that has the row.  Called in the reader's thread,
	 * once the stack's frames have their names. */
	uint64_t (*keeps)(void *user, struct catalog *catalog, uint32_t nframe,
			  const struct snapshot_row *row);
	void *user;
};

#endif
