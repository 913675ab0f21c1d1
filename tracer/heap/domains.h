/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_DOMAINS_H
#define TRACER_HEAP_DOMAINS_H
/* Events other than malloc's and Python's: those of the program's own domains
 * (model_track.c), and of mmap's domain (model_map.c). */
#include "tracer/heap/model.h"

/* Applies an ACQUIRE or RELEASE of what the program itself tracks in one of its own
 * domains; `domain` is the domain that the event's number stands for.  Results as of
 * model_apply. */
int model_track(struct model *model, struct model_ring *ring, unsigned domain,
		const struct wire_event *event);

/* Applies an ACQUIRE, RELEASE or REALLOC_RESTORE of the mmap domain.  A release names
 * addresses, so it may end parts of several mappings; RESTORE says that the ring's last
 * release failed.  Results as of model_apply. */
int model_map(struct model *model, struct model_ring *ring, const struct wire_event *event);

#endif
