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
 *	rules.h         rules by which snapshots take themselves
 *	meter.h         memory and rates of the first process
 *	kept.h          past moments and the timeline
 *	chronicle.h     the history: all moments that were
 *	transcript.h    the target's output
 *
 * The files here:
 *
 *	live.c          begins and ends it
 *	live_door.c     what the door's thread does: news, ctl, ticks
 *	live_tree.c     processes that come and go; unseen.c: those that are not followed
 *	live_watch.c    what the door's thread looks at: ceilings, rules; live_look.c: the heap
 *	live_call.c     what the program itself asks for
 *	live_moments.c  what a moment is made of: freezing, and sums over processes and parts
 */
#include <stdio.h>
#include "tracer/collect/run/door.h"
#include "tracer/collect/run/state/chronicle.h"
#include "tracer/collect/run/state/course.h"
#include "tracer/collect/run/state/estate.h"
#include "tracer/collect/run/state/kept.h"
#include "tracer/collect/run/state/meter.h"
#include "tracer/collect/run/state/roster.h"
#include "tracer/collect/run/state/rules.h"
#include "tracer/collect/run/state/transcript.h"
#include "tracer/collect/run/live_look.h"
#include "tracer/collect/run/live_attach.h"
#include "tracer/collect/run/live_tree.h"
#include "tracer/collect/rings/reader.h"
#include "tracer/collect/target/rundir.h"
#include "tracer/collect/run/session.h"
#include "tracer/collect/recording/writer.h"

struct live {
	struct session_options options; /* texts belong to the caller of session_launch */
	unsigned python_nframe;         /* nframe where there is Python */
	char *wrappers;                 /* text of the wrapper list */
	char folder[RUNDIR_MAX];
	int target;                     /* the door's: its pidfd, for when the keeper is gone */
	int ends;                       /* epoll: pidfds of the other processes */
	struct keeper keeper;
	struct attached attached;       /* a process that ran already */
	struct unseen unseen;           /* the door's, but for what that says */
	struct family *family;
	struct reader *reader;
	struct looks looks;
	struct writer *writer;          /* NULL: no recording */
	struct door *door;
	FILE *log;                      /* --log, the door's */
	uint64_t asked;                 /* the reader's: bytes that programs had us keep */

	struct rules *rules;
	struct ceiling_watch *ceilings; /* the door's; NULL: no memory for it */
	struct course *course;
	struct roster *roster;
	struct estate *estate;
	struct meter *meter;
	struct kept *kept;
	struct chronicle *chronicle;    /* NULL: --history=0 */
	struct transcript *transcript;
};

double live_now(const struct live *live);       /* seconds since the start */
void live_changed(struct live *live);           /* wakes the desk */
void live_say(struct live *live, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* -1 with *error; in memtop proper only (see session_launch). */
int live_begin(struct live **out, const struct session_options *options, struct error *error);
void live_end(struct live *live);

/* The door's side. */
extern const struct door_ops live_door_ops;
/* The reader's side. */
extern const struct reader_ops live_reader_ops;
int live_call(void *user, struct image *image, struct drain_call *call);

/* Keeps the moment at which a process's Python began to end. */
void live_keep_finalize(struct live *live, struct snapshot *snapshot);
/* Of each there is, for the recording; see writer.h. */
struct snapshot **live_freeze_all(struct live *live, enum moment_kind kind, size_t *length);
/* Dates snapshots of the processes, and where there are several puts one of all behind
 * them: totals alone.  `all` has room for one more.  How many there are then. */
size_t live_add_whole(struct live *live, struct snapshot **all, size_t length,
		      enum moment_kind kind);
/* Whether that may name a snapshot (NULL or "": it has none); else *error. */
bool live_named(const char *name, struct error *error);
/* Keeps snapshots, one of each process, under a name; their number, or -1 with
 * *error (bad name). */
int live_keep(struct live *live, struct snapshot *const *snapshots, size_t length,
	      const char *name, struct error *error);
int live_snapshot(struct live *live, const char *name, struct error *error);
struct snapshot *live_moment(struct live *live, uint32_t process, const char *moment,
			     struct error *error);
int live_mark(struct live *live, const char *text, struct error *error);
/* The same, of a time that the history has a tick at. */
int live_mark_at(struct live *live, double time, const char *text, struct error *error);
/* A point of the timeline, as the first process stands now. */
void live_point(struct live *live);
/* As session_part_peak. */
struct snapshot *live_part_peak(struct live *live, unsigned part, size_t *process,
				uint64_t *sum);
/* Signals the target's whole process group if it has one of its own (not in record). */
void live_kill(struct live *live, int number);

#endif
