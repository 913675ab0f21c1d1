/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_ASIDE_H
#define TRACER_HEAP_ASIDE_H
/* Events beside malloc's and Python's: of the program's own domains
 * (model_track.c), and of mmap's (model_map.c). */
#include "tracer/heap/model.h"

/* An ACQUIRE or RELEASE of what the program itself tracks in one of its own
 * domains; `domain` is what the event's stands for.  As model_apply. */
int model_track(struct model *model, struct model_ring *ring, unsigned domain,
		const struct wire_event *event);

/* An ACQUIRE, RELEASE or REALLOC_RESTORE of the mmap domain: of addresses, so that
 * a release may end parts of several.  RESTORE: the ring's last release failed.
 * As model_apply. */
int model_map(struct model *model, struct model_ring *ring, const struct wire_event *event);

#endif
