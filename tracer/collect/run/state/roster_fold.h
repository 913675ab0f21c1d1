/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_ROSTER_FOLD_H
#define TRACER_COLLECT_RUN_STATE_ROSTER_FOLD_H
/*
 * Processes that have ended and are counted together, so that a supervisor that starts one
 * worker after the other does not make the list longer.  Any thread may call, unless a
 * function says otherwise.
 */
#include "tracer/collect/run/state/roster.h"

#define ROSTER_FOLD 1000u               /* ended processes that have a place of their own */

/* From now on, once so many processes have ended, those that end later are counted
 * together; 0, as at first: none is. */
void roster_fold_after(struct roster *roster, unsigned ended);
/* Whether so many have ended. */
bool roster_folds(struct roster *roster);
/* A traced process has ended, and what it left is known: in the reader's thread, or, where each
 * is judged before, in that of the judge.  0: it keeps its place.  Another process: it is
 * counted with that one, which has ended before, and its place is vacant.  Itself: it keeps
 * its place, and others will be counted with it. */
uint32_t roster_fold(struct roster *roster, uint32_t process);
/* In the reader's thread, where each process is judged before it is counted with others: what
 * it left is known. */
void roster_leave(struct roster *roster, uint32_t process);
/* The next process but the first to be judged, once each: of those that left, or with `all` of
 * those, too, that lived when the run was over.  0: none. */
uint32_t roster_to_judge(struct roster *roster, bool all);
/* Nobody refers to a vacant place any more: it may be taken. */
void roster_vacate(struct roster *roster, uint32_t process);
/* While snapshots are taken and kept, no process loses its place. */
void roster_hold(struct roster *roster, bool hold);
/* One of this process is kept, if only in the recording: it never loses its place. */
void roster_keep(struct roster *roster, uint32_t process);
/* Nor does the process on the screen (0: none is).  False: the place is another process's
 * than `known`, and nothing has changed. */
bool roster_watch(struct roster *roster, uint32_t process, const struct process *known);

/* The place for the next newcomer: a vacant one, or one behind the last. */
uint32_t roster_place(struct roster *roster);

#endif
