/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_LOOK_FOUND_H
#define TRACER_COLLECT_RUN_STATE_LOOK_FOUND_H
#include <stddef.h>
#include <stdint.h>

/* What a look at the heap found, in all processes that it looked at. */
struct look_found {
	int number;                     /* of its snapshot, */
	char name[64];                  /* and its name, or "" */
	uint64_t bytes, blocks;         /* that nothing points to any more */
	double pause;                   /* the longest time in seconds that a process was
					 * stopped */
	uint64_t unread;                /* bytes that could not be read */
	size_t refused;                 /* other processes that could not be looked at */
};

struct snapshot;

/* Sums over the snapshots of processes; number, name and `refused` are not set. */
struct look_found look_found_in(struct snapshot *const *all, size_t length);

#endif
