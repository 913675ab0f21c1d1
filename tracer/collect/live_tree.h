/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LIVE_TREE_H
#define TRACER_COLLECT_LIVE_TREE_H
/* The processes of a live run; a part of live.h. */
#include <stdbool.h>
#include "tracer/collect/reader.h"
#include "tracer/wire/env.h"

#define LIVE_PROCESSES 65536u           /* processes listed; more are not traced */
#define LIVE_KEPT (64u << 20)           /* bytes of ended processes' rows that are kept */

struct live;

/* What stands beside each process of the program's list. */
struct kin {
	int pidfd;                      /* -1: none (any more) */
	unsigned images;                /* how many said hello */
	uint64_t image;                 /* number of the present one */
	struct totals last;             /* once it has ended, and: */
	struct snapshot *exit, *peak;   /* NULL: let go, or never there */
};

int live_hello(struct live *live, const struct meet_hello *hello, int32_t pid);
void live_ends(void *user);
/* Lock held: the list's first entry, if it is not there. */
void live_first_process(struct live *live, int32_t pid);
void live_waiting(void *user);

/* Of a process that has ended; false: not known. */
bool live_last_totals(struct live *live, uint32_t process, struct totals *totals);

#endif
