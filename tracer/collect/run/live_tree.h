/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_TREE_H
#define TRACER_COLLECT_RUN_LIVE_TREE_H
/* The processes of a live run; a part of live.h. */
#include <stdbool.h>
#include "tracer/collect/run/live_unseen.h"
#include "tracer/collect/rings/reader.h"
#include "tracer/wire/env.h"

#define LIVE_PROCESSES 65536u           /* processes listed; more are not traced */
#define LIVE_KEPT (64u << 20)           /* bytes of ended processes' rows that are kept */

struct live;

/* What stands beside each process of the program's list. */
struct kin {
	int pidfd;                      /* -1: none (any more) */
	unsigned images;                /* how many said hello */
	uint64_t image;                 /* number of the present one */
	uint64_t hello;                 /* CLOCK_MONOTONIC ns of the last after an exec; 0: none */
	int32_t inside;                 /* its pid as it sees itself; 0: it never said hello */
	bool shell;                     /* sh -c, not yet taken for a started one */
	struct unknown_frees unknown;
	struct totals last;             /* once it has ended, and: */
	struct snapshot *exit, *peak;   /* NULL: let go, or never there */
};

/* The door's: a new image says hello.  The descriptor of its segment, or -1: it is not
 * traced. */
int live_hello(struct live *live, const struct meet_hello *hello, int32_t pid);
/* The door's: processes of the list have ended. */
void live_ends(void *user);
/* Lock held: adds a process; its place + 1, or 0: out of memory, or too many. */
size_t live_add_process(struct live *live, int32_t pid, int32_t parent, bool traced, int argc,
			char *const *argv);
/* Neither gone nor a zombie. */
bool live_is_alive(int32_t pid);
/* Lock held: the list's first entry, if it is not there. */
void live_first_process(struct live *live, int32_t pid);
void live_waiting(void *user);

/* Of a process that has ended; false: not known. */
bool live_last_totals(struct live *live, uint32_t process, struct totals *totals,
		      struct unknown_frees *unknown);

#endif
