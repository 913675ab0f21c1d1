/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LOOKS_LOOK_ONE_H
#define TRACER_COLLECT_RUN_LOOKS_LOOK_ONE_H
/* A look at one process of a run: its snapshot, with what the look found. */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/collect/rings/reader.h"

/* How a look is to be taken. */
struct look_manner {
	struct reader *reader;
	bool drop;                      /* a thread whose ring is full does not wait */
	bool no_pause;                  /* the process is not to be stopped as a whole */
	bool unkept;                    /* only what is unreachable is asked for */
	bool retained;                  /* also what would be freed without each row */
};

/* A process that lives. */
struct look_target {
	uint32_t process;
	int32_t pid;
	uint64_t cow, own;              /* addresses in its control page */
	unsigned python;                /* its version, as in struct types_memory; 0: none */
	bool misses;                    /* see image_misses */
	bool waits;                     /* it does nothing until the look is done */
};

/* The process's snapshot, with one reference, or NULL and -errno in *error. */
struct snapshot *look_one(const struct look_manner *manner, const struct look_target *of,
			  int *error);

#endif
