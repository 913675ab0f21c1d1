/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_H
#define TRACER_COLLECT_RUN_LIVE_H
/*
 * A live run inside memtop proper.  The threads of door, reader, store, desk and errands
 * meet here.  What they share stands in struct live under one lock, which nobody holds while
 * waiting for anything, or in one of its parts, each with a lock of its own: kept.h (past
 * moments and the timeline), transcript.h (the target's output).
 *
 *	live.c          begins and ends it
 *	live_door.c     what the door's thread does: news, ctl, ticks
 *	live_tree.c     processes that come and go; live_unseen.c: are not followed
 *	live_call.c     what the program itself asks for
 *	live_parts.c    parts of the heap at their own peaks
 *	live_moments.c  what a moment is made of: freezing, and sums over processes
 */
#include <pthread.h>
#include <stdio.h>
#include "tracer/collect/run/door.h"
#include "tracer/collect/run/kept.h"
#include "tracer/collect/run/transcript.h"
#include "tracer/collect/target/gauges.h"
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
	double started;                 /* CLOCK_MONOTONIC, seconds */
	int event;                      /* eventfd for the desk */
	int target;                     /* pidfd: who watches the target when the keeper is gone */
	int ends;                       /* epoll: pidfds of the other processes */
	struct keeper keeper;
	struct unseen unseen;           /* the door's, but for what that says */
	struct family *family;
	struct reader *reader;
	struct writer *writer;          /* NULL: no recording */
	struct door *door;
	struct kept *kept;              /* snapshots, marks, points */
	struct transcript *transcript;  /* of the target's terminal */
	FILE *log;                      /* --log, the door's */

	pthread_mutex_t lock;           /* around all below */
	pthread_cond_t moved;           /* ended or orphaned changed */
	struct program program;
	unsigned version;               /* of the program's list of processes */
	struct kin *kin;                /* by place in that list */
	size_t kin_room, kept_bytes, kept_first;
	struct parts_gone *parts_gone;  /* by part; see live_parts.c */
	struct sum *gone[2];            /* ended processes, at their exits and peaks */
	unsigned images;                /* of the first process: how many said hello */
	unsigned untraced, resumes;
	bool read_to_end;               /* ended, and the reader has read all */
	bool orphaned, stopped;
	bool left;                      /* by exec, for a program that never began to trace */
	bool leaving;                   /* it was in an exec a second ago */
	int signal;                     /* SIGTERM or SIGHUP that the keeper got */
	double kill_at;                 /* SIGKILL is due then; 0: no */
	char message[256];
	char unmet[256];                /* why a hello was declined for want of a segment */

	uint64_t asked;                 /* the reader's: bytes that programs had us keep */
	struct gauges gauges;
	uint64_t gauges_current;        /* what was traced when they were read */
	double next_gauges;             /* seconds; the door's */
	struct totals before;           /* a second ago, for the rates */
	double before_time, alloc_rate, free_rate;
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

/* A process: its place in the list + 1; 0: all.  A frozen moment with time and
 * name filled; NULL: nothing is traced yet, or its figures are only on disk. */
struct snapshot *live_freeze(struct live *live, uint32_t process, enum moment_kind kind);
/* Keeps the moment at which a process's Python began to end. */
void live_keep_finalize(struct live *live, struct snapshot *snapshot);
/* Of each there is, for the recording; see writer.h. */
struct snapshot **live_freeze_all(struct live *live, enum moment_kind kind, size_t *length);
/* Keeps snapshots, one of each process, under a name; their number, or -1 with
 * *error (bad name). */
int live_keep(struct live *live, struct snapshot *const *snapshots, size_t length,
	      const char *name, struct error *error);
int live_snapshot(struct live *live, const char *name, struct error *error);
struct snapshot *live_moment(struct live *live, uint32_t process, const char *moment,
			     struct error *error);
int live_mark(struct live *live, const char *text, struct error *error);
void live_point(struct live *live, const struct totals *totals);
void live_stop(struct live *live);

#endif
