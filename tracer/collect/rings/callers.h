/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_CALLERS_H
#define TRACER_COLLECT_RINGS_CALLERS_H
/* Names the modules that freed blocks whose allocation memtop never saw; the model has
 * the addresses. */
#include "tracer/collect/rings/mirror.h"
#include "tracer/collect/names/regions.h"
#include "tracer/heap/unknown.h"

/* Names the addresses that came since the last call; cheap if there are none.  To be
 * called in the reader's thread soon after their events, since mappings change.  `born`:
 * the mappings that the process had when it began, of libraries that are never closed. */
void callers_name(struct unknown_callers *callers, struct mirror *mirror, int32_t pid,
		  const struct regions *born);

#endif
