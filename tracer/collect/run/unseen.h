/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_UNSEEN_H
#define TRACER_COLLECT_RUN_UNSEEN_H
/* Which processes are not followed, and why.  Everything here is for the door's thread,
 * unless its comment says otherwise. */
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
	struct roster *roster;          /* where the processes are listed, */
	struct course *course;          /* and where the user is told */
	struct reader *reader;          /* knows whose forks are under way */
	uint64_t began;                 /* when memtop itself was started (gauges_began) */
	struct roll_page roll;          /* fd -1: children are not followed */
	double linger_until;            /* the first process has ended, others may still;
					 * 0: no */
	double ended_at;                /* seconds, then */
	struct roll_line *waiting;      /* off the roll; their hellos are awaited */
	size_t length, room;
	int32_t (*silent)[2];           /* forked children without an event: pid and
					 * parent */
	size_t silent_length, silent_room;
	_Atomic bool listing;           /* unseen_silent is wanted */
	_Atomic bool nameless;          /* a child was forked whose pid nobody reported */
	unsigned hellos;                /* number since the roll was last read */
};

/* The process of this pid has said hello, so it is not looked for any more. */
void unseen_met(struct unseen *unseen, int32_t pid, const struct meet_hello *hello);
/* A process that is not traced: into the list with its reason.  Its place there + 1,
 * or 0. */
uint32_t unseen_list(struct unseen *unseen, int32_t pid, int32_t ppid, int argc,
		     char *const *argv, const char *reason);
/* Goes through the roll. */
void unseen_call_roll(struct unseen *unseen);
/* Whether any process that may still say hello lives on beside the first one. */
bool unseen_is_company(struct unseen *unseen);
/* Whether a process may come of which nothing is known but that another one ended in the
 * middle of a fork: daemon() does so, and its child says hello at its first event. */
bool unseen_may_come(struct unseen *unseen);
/* Whether this process of the run lives: one that is known, or was started since memtop was.
 * What programs report may be made up, and then memtop would wait for strangers.  In any
 * thread. */
bool unseen_is_alive(const struct unseen *unseen, int32_t pid);
/* The run is over: whoever has not said hello by now, or lives on, was not followed. */
void unseen_end(struct unseen *unseen);
/* In the reader's thread: a child that was forked and lives has had no event so far. */
void unseen_silent(struct unseen *unseen, int32_t pid, int32_t parent);
void unseen_free(struct unseen *unseen);

#endif
