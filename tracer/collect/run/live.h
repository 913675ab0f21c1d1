/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_H
#define TRACER_COLLECT_RUN_LIVE_H
/*
 * A live run inside memtop proper.  The threads of door, reader, store, desk and errands
 * meet here.  struct live itself has no lock: what stands in it is set before they begin,
 * or belongs to the one thread that its comment names.  What they share are the parts in
 * state/, each with a lock of its own, held inside its calls alone (live_attach.h: who
 * ran already):
 *
 *	course.h        the clock, and how far the run has come
 *	roster.h        the program and its processes
 *	estate.h        what ended processes left
 *	meter.h         memory and rates of the first process
 *	kept.h          past moments and the timeline
 *	chronicle.h     the history: all moments that were
 *	transcript.h    the target's output
 *
 * The files here:
 *
 *	live.c          begins and ends it
 *	live_door.c     what the door's thread does: news, output, ticks
 *	live_ctl.c      what it answers to memtop ctl
 *	live_tree.c     processes that come and go; unseen.c: those that are not followed
 *	live_look.c     looks at the heap, in a thread of their own
 *	live_call.c     what the program itself asks for
 *
 * moments/ freezes and keeps snapshots, marks and points, and takes snapshots by rule.
 */
#include <stdio.h>
#include "tracer/collect/run/door.h"
#include "tracer/collect/run/state/chronicle.h"
#include "tracer/collect/run/state/course.h"
#include "tracer/collect/run/state/estate.h"
#include "tracer/collect/run/state/kept.h"
#include "tracer/collect/run/state/meter.h"
#include "tracer/collect/run/state/roster.h"
#include "tracer/collect/run/state/transcript.h"
#include "tracer/collect/run/moments/triggers.h"
#include "tracer/collect/run/live_look.h"
#include "tracer/collect/run/live_attach.h"
#include "tracer/collect/run/live_tree.h"
#include "tracer/collect/rings/reader.h"
#include "tracer/collect/target/rundir.h"
#include "tracer/collect/run/live_parts.h"
#include "tracer/collect/run/session_options.h"
#include "tracer/collect/recording/writer.h"

/* The text of stacks that a process asked for last.  With several processes asking at
 * once, two may share an entry, and the one that lost it starts again. */
#define FETCHED 16u
struct fetched {
	uint32_t process;
	char *text;                     /* malloced; NULL: none */
	size_t length;
};

struct live {
	struct session_options options; /* texts belong to the caller of session_launch */
	unsigned python_nframe;         /* nframe where there is Python */
	char *wrappers;                 /* text of the wrapper list */
	char folder[RUNDIR_MAX];
	char path[4096];                /* of the recording, absolute; "": none */
	int target;                     /* the door's: its pidfd, for when the keeper is gone */
	bool unfit;                     /* the door's: the first process has said why it
					 * can't be traced */
	bool goes_on;                   /* the door's: the first process has ended, others
					 * have not */
	int32_t named;                  /* the door's: then whom the run's folder names */
	int ends;                       /* epoll: pidfds of the other processes */
	struct keeper keeper;
	struct attached attached;       /* a process that ran already */
	_Atomic int32_t greeted;        /* the door sets it: the forked child that is being met;
					 * 0: none */
	struct unseen unseen;           /* the door's, except where its comments say
					 * otherwise */
	struct looks looks;
	struct door *door;
	FILE *log;                      /* --log, the door's */
	uint64_t asked;                 /* the reader's: bytes kept because programs asked
					 * for it */
	struct fetched fetched[FETCHED];        /* the reader's: texts that programs fetch
						 * in parts */
	struct live_parts parts;        /* which its session asks, too */
};

double live_now(const struct live *live);       /* seconds since the start */
void live_changed(struct live *live);           /* wakes the desk */
void live_say(struct live *live, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Splits the process and starts the program, in memtop proper; see session_launch.  -1 with
 * *error. */
int live_begin(struct live **out, const struct session_options *options, struct error *error);
void live_end(struct live *live);

/* The door's side. */
extern const struct door_ops live_door_ops;
/* Ends the tracing of all processes; they go on.  In the door's thread. */
void live_stop(struct live *live);
int live_ctl(void *user, const char *line, int fd, char *answer, size_t size);
/* The reader's side. */
extern const struct reader_ops live_reader_ops;
int live_call(void *user, struct image *image, struct drain_call *call);

/* Signals the target's whole process group if it has one of its own (not in record). */
void live_kill(struct live *live, int number);

#endif
