/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_CURVE_JOBS_H
#define TUI_DESK_PARTS_CURVE_JOBS_H
/* Curves of rows for the screens, looked up in the history by the tables' worker. */
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

/* Opens zeroed ones; false: no memory. */
bool curve_jobs_open(struct curve_jobs *jobs, struct session *session);
/* Ends them, whatever is on its way; before the worker (or NULL) ends. */
void curve_jobs_close(struct curve_jobs *jobs, struct worker *worker);
/* Before a frame is drawn: what the one before showed may be gone. */
void curve_jobs_begin(struct curve_jobs *jobs);
/* Takes what was looked up.  True: there is some, and the screen is to be drawn again. */
bool curve_jobs_take(struct curve_jobs *jobs, struct worker *worker);
/* Asks for what lacked when the screen was drawn, and waits a moment for it; returns as
 * curve_jobs_take does. */
bool curve_jobs_await(struct curve_jobs *jobs, struct worker *worker);

#endif
