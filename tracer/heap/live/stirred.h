/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_STIRRED_H
#define TRACER_HEAP_LIVE_STIRRED_H
/*
 * Memory in which blocks began or ended: stretches of address space, merged where they
 * touch, so that there are never more stretches than there were blocks at once.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stirred_stretch {
	uint64_t start, end;            /* addresses [start, end) */
};

struct stirred {
	bool on;                        /* whether stretches are noted at all */
	bool lost;                      /* a stretch is missing for want of memory */
	struct stirred_stretch *of;
	size_t length, room;
};

/* Forgets all stretches; with `on` notes what comes from now on, else nothing. */
void stirred_watch(struct stirred *stirred, bool on);
/* Notes a stretch of `size` bytes; 0 counts as 1. */
void stirred_note(struct stirred *stirred, uint64_t address, uint64_t size);
/* Calls show for each stretch, by ascending address; no two touch or overlap.  A result
 * of show other than 0 ends the walk and is returned.  -ENOMEM: some stretches are
 * missing. */
int stirred_each(struct stirred *stirred, int (*show)(void *user, uint64_t address, uint64_t size),
	       void *user);

#endif
