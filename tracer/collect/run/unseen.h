/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_UNSEEN_H
#define TRACER_COLLECT_RUN_UNSEEN_H
/* Who is not followed, and why.  Everything here is the door's thread's, unless it says
 * otherwise. */
#include <stdatomic.h>
#include "tracer/collect/rings/reader.h"
#include "tracer/collect/run/roll.h"
#include "tracer/collect/run/state/course.h"
#include "tracer/collect/run/state/roster.h"
#include "tracer/wire/env.h"

#define UNSEEN_LEFT "outlived the first process, after which nothing is seen; start it in the " \
	"foreground, as in: nginx -g 'daemon off;'"

#define UNSEEN_HELLOS 32u               /* between two looks at the roll, or a tick */

/* What is known of those that have not said hello. */
struct unseen {
	struct roster *roster;          /* of the processes, who are named there, */
	struct course *course;          /* and here to the user */
	struct reader *reader;          /* knows whose forks are under way */
	struct roll_page roll;          /* fd -1: children are not followed */
	double linger_until;            /* the first process ended, others may; 0: no */
	double ended_at;                /* seconds, then */
	struct roll_line *waiting;      /* for their hello: off the roll, no longer taken back */
	size_t length, room;
	int32_t (*silent)[2];           /* forked children without an event: pid, parent */
	size_t silent_length, silent_room;
	_Atomic bool listing;           /* unseen_silent is to be called */
	_Atomic bool nameless;          /* a child was forked whose pid nobody told */
	unsigned hellos;                /* since the roll was gone through */
};

/* The process with this pid has said hello: nobody looks for it any more. */
void unseen_met(struct unseen *unseen, int32_t pid, const struct meet_hello *hello);
/* A process that is not traced: into the list with its reason.  Its place there + 1,
 * or 0. */
uint32_t unseen_list(struct unseen *unseen, int32_t pid, int32_t ppid, int argc,
		     char *const *argv, const char *reason);
/* Goes through the roll. */
void unseen_call_roll(struct unseen *unseen);
/* Whether anybody who may still be seen lives on beside the first process. */
bool unseen_is_company(struct unseen *unseen);
/* Whether somebody may come of whom nothing is known but that a process ended in the
 * middle of a fork: daemon() does so, and its child says hello with its first event. */
bool unseen_may_come(struct unseen *unseen);
/* The run is over: who is still to say hello, or lives on, was not followed. */
void unseen_end(struct unseen *unseen);
/* Reader's thread: a child that was forked and lives has no event so far. */
void unseen_silent(struct unseen *unseen, int32_t pid, int32_t parent);
void unseen_free(struct unseen *unseen);

#endif
