/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_UNSEEN_H
#define TRACER_COLLECT_RUN_LIVE_UNSEEN_H
/* Who is not followed, and why; a part of live.h.  The door's thread, unless said. */
#include <stdatomic.h>
#include "tracer/collect/run/roll.h"
#include "tracer/wire/env.h"

#define UNSEEN_LEFT "outlived the first process, after which nothing is seen; start it in the " \
	"foreground, as in: nginx -g 'daemon off;'"

#define LIVE_HELLOS 32u                 /* between two looks at the roll, or a tick */

struct live;

/* What is known of those that have not said hello. */
struct unseen {
	struct roll_page roll;          /* fd -1: children are not followed */
	double linger_until;            /* the first process ended, others may; 0: no */
	double ended_at;                /* seconds, then */
	struct roll_line *waiting;      /* for their hello: off the roll, no longer taken back */
	size_t length, room;
	int32_t (*silent)[2];           /* forked children without an event: pid, parent */
	size_t silent_length, silent_room;
	_Atomic bool listing;           /* live_silent is to be called */
	unsigned hellos;                /* since the roll was gone through */
};

/* The process with this pid has said hello: nobody looks for it any more. */
void live_met(struct live *live, int32_t pid, const struct meet_hello *hello);
/* A process that is not traced: into the list with its reason.  Its place there + 1, or 0. */
uint32_t live_unfollowed(struct live *live, int32_t pid, int32_t ppid, int argc,
			 char *const *argv, const char *reason);
/* Goes through the roll. */
void live_call_roll(struct live *live);
/* Whether anybody who may still be seen lives on beside the first process. */
bool live_is_company(struct live *live);
/* The run is over: who is still to say hello, or lives on, was not followed. */
void live_unseen_end(struct live *live);
/* Reader's thread: a child that was forked and lives has no event so far. */
void live_silent(struct live *live, int32_t pid, int32_t parent);
void live_unseen_free(struct live *live);

#endif
