/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_CURVE_JOBS_H
#define TUI_DESK_PARTS_CURVE_JOBS_H
/* Looks up the curves of rows in the history for the screens, in the tables' worker. */
#include <stdbool.h>

struct curves;
struct curve_job;
struct session;
struct worker;

struct curve_jobs {
	struct session *session;
	struct curves *curves;          /* what is known and what is wanted, for screens */
	struct curve_job *asked;        /* or NULL */
};

/* Opens a zeroed struct.  False: out of memory. */
bool curve_jobs_open(struct curve_jobs *jobs, struct session *session);
/* Ends it with whatever is on its way; to be called before the worker (or NULL) ends. */
void curve_jobs_close(struct curve_jobs *jobs, struct worker *worker);
/* To be called before a frame is drawn, since what the last one showed may be gone. */
void curve_jobs_begin(struct curve_jobs *jobs);
/* Takes what has been looked up.  True: there is something, and the screen must be
 * drawn. */
bool curve_jobs_take(struct curve_jobs *jobs, struct worker *worker);
/* Asks for what was missing when the screen was drawn, and waits a moment for it.
 * Returns as curve_jobs_take does. */
bool curve_jobs_await(struct curve_jobs *jobs, struct worker *worker);

#endif
