/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_KEPT_H
#define TRACER_COLLECT_RUN_STATE_KEPT_H
/*
 * What a live run keeps of its past, in memory: named snapshots, the moment at which
 * Python began to end, marks, and the points of the timeline.  It has a lock of its own,
 * which is held inside these calls alone: they may be made in any thread.
 */
#include <stdbool.h>
#include "tracer/heap/catalog/program.h"
#include "tracer/collect/recording/recording.h"
#include "tracer/heap/snapshot.h"

#define KEPT_POINTS 4096u               /* points kept; then every second one goes */

struct kept;

struct kept *kept_new(void);            /* NULL: out of memory */
void kept_free(struct kept *kept);      /* may be NULL */

/* Keeps snapshots, one of each process, under the next number and a name ("" or NULL:
 * none), which are written into them.  The number, or -ENOMEM: nothing was kept. */
int kept_add(struct kept *kept, struct snapshot *const *snapshots, size_t length,
	     const char *name);
/* Lets go of those of a number. */
void kept_drop(struct kept *kept, unsigned number);
/* The snapshots of a number, or the newest of this name: the processes' in the order in
 * which they were taken, then their sum.  The caller gets references and the array; NULL:
 * there are none, or no memory. */
struct snapshot **kept_find(struct kept *kept, const char *moment, size_t *length);
/* The highest number so far whose snapshots were not all let go; 0: none. */
unsigned kept_newest(struct kept *kept);
/* The snapshots of a process (0: each number once), in an array of the caller's, which
 * has room for `more` behind them.  NULL: out of memory. */
struct moment *kept_moments(struct kept *kept, uint32_t process, size_t more, size_t *length);

/* The first process's moment at which Python began to end: keeps it, or hands out a
 * reference; NULL: it did not come to that. */
void kept_set_finalize(struct kept *kept, struct snapshot *snapshot);
struct snapshot *kept_finalize(struct kept *kept);

/* Copies the mark.  0 or -ENOMEM. */
int kept_mark(struct kept *kept, const struct mark *mark);
/* Copies of all; theirs and the array's memory is the caller's.  NULL: out of memory. */
struct mark *kept_marks(struct kept *kept, size_t *length);

/* Adds a point to the timeline; of a full one every second goes. */
void kept_point(struct kept *kept, const struct point *point);
/* Whether the next one is due at this time, in seconds since the start. */
bool kept_point_due(struct kept *kept, double time);
/* Copies all into `points`, which has room for KEPT_POINTS; how many there are. */
size_t kept_points(struct kept *kept, struct point *points);

/* Called at an exec, which a process's snapshots outlive: drops the `finalize` moment of
 * the first process.  0: of all. */
void kept_forget(struct kept *kept, uint32_t process);

#endif
