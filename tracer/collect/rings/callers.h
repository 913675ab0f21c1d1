/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_CALLERS_H
#define TRACER_COLLECT_RINGS_CALLERS_H
/* Which module freed blocks that memtop never saw begin: model's addresses, named. */
#include "tracer/collect/rings/mirror.h"
#include "tracer/collect/names/regions.h"
#include "tracer/heap/unknown.h"

/* Names those that came since the last call; cheap where there are none.  In the
 * reader's thread, soon after their events: mappings change.  `born`: those that the
 * process had when it began, of libraries that nobody closes. */
void callers_name(struct unknown_callers *callers, struct mirror *mirror, int32_t pid,
		  const struct regions *born);

#endif
