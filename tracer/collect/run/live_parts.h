/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_PARTS_H
#define TRACER_COLLECT_RUN_LIVE_PARTS_H
/* Parts of the heaps (parts.h) of all processes. */
#include "tracer/collect/run/live.h"

/* In the reader's thread: the process has ended, its peaks are kept. */
void live_parts_ended(struct live *live, struct image *image);
/* As session_part_peak. */
struct snapshot *live_part_peak(struct live *live, unsigned part, size_t *process,
				uint64_t *sum);
void live_parts_free(struct live *live);

#endif
