/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_MOMENTS_MOMENTS_H
#define TRACER_COLLECT_RUN_MOMENTS_MOMENTS_H
/*
 * The moments of a live run: freezing the reader's models, dating what was frozen, adding
 * processes up, and keeping snapshots, marks and points in memory and in the recording.
 * All that it works with has a lock of its own, so that any thread may call, unless a
 * function says otherwise.
 */
#include <stdbool.h>
#include "tracer/collect/error.h"
#include "tracer/collect/recording/writer.h"
#include "tracer/collect/rings/reader.h"
#include "tracer/collect/run/state/chronicle.h"
#include "tracer/collect/run/state/course.h"
#include "tracer/collect/run/state/estate.h"
#include "tracer/collect/run/state/kept.h"
#include "tracer/collect/run/state/meter.h"
#include "tracer/collect/run/state/roster_fold.h"

struct moments;

/* What moments use.  All of it belongs to the caller and must outlive them. */
struct moments_parts {
	struct course *course;
	struct roster *roster;
	struct estate *estate;
	struct meter *meter;
	struct kept *kept;
	struct chronicle *chronicle;    /* NULL: there is no history */
	struct family *family;
};

/* NULL: out of memory.  No snapshot can be frozen before moments_connect. */
struct moments *moments_new(const struct moments_parts *parts);
void moments_free(struct moments *moments);     /* may be NULL */
/* Sets the reader whose models are frozen, and who records what is kept (NULL: nobody).
 * To be called before other threads call anything here, and again if the recording could
 * not be begun. */
void moments_connect(struct moments *moments, struct reader *reader, struct writer *writer);
/* Whether what is kept is recorded too. */
bool moments_are_recorded(const struct moments *moments);

/* Freezes each process that lives, and their sum where there are several; for the
 * recording (see writer.h).  *length snapshots; they and the array are the caller's. */
struct snapshot **moments_freeze_all(struct moments *moments, enum moment_kind kind,
				     size_t *length);
/* The same for the exit and the peak at once, in this order. */
void moments_freeze_ends(struct moments *moments, struct snapshot **all[2], size_t length[2]);
/* Gives the processes' snapshots their times, and if there are several, appends one for
 * all: totals alone.  `all` has room for one more.  Returns how many there are then. */
size_t moments_add_whole(struct moments *moments, struct snapshot **all, size_t length,
			 enum moment_kind kind);
/* The last snapshot of a process that ends, in the reader's thread, under the kind's own
 * name.  The caller's; NULL: out of memory. */
struct snapshot *moments_last(struct moments *moments, struct image *image,
			      enum moment_kind kind);
/* Records it (NULL is allowed). */
void moments_record(struct moments *moments, struct snapshot *snapshot);
/* The process of a vacant place is forgotten: in the recording, after which others may
 * take its place. */
void moments_vacate(struct moments *moments, uint32_t process);

/* Between freezing snapshots and keeping them nothing may happen to the places of their
 * processes in the list. */
void moments_hold(struct moments *moments, bool hold);
/* Whether `name` may name a snapshot (NULL or "": no name); if not, *error says why. */
bool moments_may_name(const char *name, struct error *error);
/* Keeps snapshots, one of each process, under a name; their number, or -1 with *error
 * (bad name, out of memory). */
int moments_keep(struct moments *moments, struct snapshot *const *snapshots, size_t length,
		 const char *name, struct error *error);
/* Freezes and keeps all processes.  The number, or -1 with *error. */
int moments_snapshot(struct moments *moments, const char *name, struct error *error);
/* Keeps the moment at which a process's Python began to end. */
void moments_keep_finalize(struct moments *moments, struct snapshot *snapshot);
/* Drops the snapshots of a number, in memory alone or in the recording too. */
void moments_drop(struct moments *moments, unsigned number);
void moments_forget(struct moments *moments, unsigned number);
/* An exec gave the process another program, whose figures begin anew. */
void moments_restart(struct moments *moments, uint32_t process);
/* Returns once all that was kept so far is on the disk. */
void moments_flush(struct moments *moments);

/* A moment by its name, number or time, as session_moment. */
struct snapshot *moments_find(struct moments *moments, uint32_t process, const char *moment,
			      struct error *error);
/* As session_part_peak. */
struct snapshot *moments_part_peak(struct moments *moments, unsigned part, size_t *process,
				   uint64_t *sum);

/* Ticks the history, in the reader's thread, for what a process's image asks for.  The
 * tick's time; without a history, now. */
double moments_tick_here(struct moments *moments, struct image *image,
			 enum history_why why);
/* Puts a mark now, with a tick of the history; or at the time of an existing tick.  0, or
 * -1 with *error (out of memory). */
int moments_mark(struct moments *moments, const char *text, struct error *error);
int moments_mark_at(struct moments *moments, double time, const char *text,
		    struct error *error);
/* A point of the timeline, as the first process stands now. */
void moments_point(struct moments *moments);

#endif
