/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_STIRRED_H
#define TRACER_HEAP_LIVE_STIRRED_H
/*
 * Memory in which blocks began or ended: stretches of address space, merged where they meet,
 * so that there are never more of them than there were blocks at once.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stirred_stretch {
	uint64_t start, end;            /* addresses [start, end) */
};

struct stirred {
	bool on;                        /* somebody wants to know */
	bool lost;                      /* there was no memory to note one */
	struct stirred_stretch *of;
	size_t length, room;
};

/* Forgets all, and notes what comes from now on, or nothing. */
void stirred_watch(struct stirred *stirred, bool on);
/* size: bytes; 0 counts as 1. */
void stirred_note(struct stirred *stirred, uint64_t address, uint64_t size);
/* Shows each stretch, by address, none beside or over another.  What `show` returns other
 * than 0 ends it, and is returned; -ENOMEM: not all of them are known. */
int stirred_each(struct stirred *stirred, int (*show)(void *user, uint64_t address, uint64_t size),
	       void *user);

#endif
