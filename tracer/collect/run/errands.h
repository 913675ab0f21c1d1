/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_ERRANDS_H
#define TRACER_COLLECT_RUN_ERRANDS_H
/*
 * Questions to a session that take their time, asked without waiting: a worker
 * answers one after the other, in the order asked.
 */
#include <stdbool.h>
#include "tracer/collect/run/session.h"
#include "tracer/ground/threads/worker.h"

/* Each snapshot is a reference that belongs to whoever takes the answer. */
struct answer {
	struct snapshot *snapshot;      /* NULL: none was asked for, or it failed */
	struct snapshot *before;        /* for errand_past and, after the run, errand_now:
					 * the heap from which bytes a second are
					 * computed; NULL: none */
	int number;                     /* of a snapshot that was taken */
	bool failed;                    /* `error` says why */
	struct error error;
	double seconds;                 /* that it took to answer */
};

struct errand;

/* Asks the session, in the worker's thread, and writes the result to a zeroed answer. */
typedef void errand_question(struct session *session, const char *text, struct answer *answer);
errand_question errand_now;             /* session_now; the text means nothing */
errand_question errand_moment;          /* session_moment */
errand_question errand_past;            /* the same, and the heap before it */
errand_question errand_snapshot;        /* session_snapshot */
errand_question errand_reset_peak;      /* session_reset_peak; nor does it here */
errand_question errand_write;           /* session_write: "[--force ]FILE" */
/* The FILE of such a text, in it; *force: whether it begins with --force. */
const char *errand_write_path(const char *text, bool *force);
errand_question errand_none;            /* does nothing: it is answered once all before it
					 * are */

/* Asks; the session must outlive the worker (NULL: the question is answered in the call).
 * NULL: out of memory. */
struct errand *errands_ask(struct worker *worker, struct session *session,
			   errand_question *question, const char *text);
bool errands_answered(struct worker *worker, const struct errand *errand);
/* Waits for the answer, hands it over and frees the errand. */
void errands_take(struct worker *worker, struct errand *errand, struct answer *answer);
/* Nobody wants the answer any more: frees the errand, now or when it comes. */
void errands_forget(struct worker *worker, struct errand *errand);

#endif
