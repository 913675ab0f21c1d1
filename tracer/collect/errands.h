/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ERRANDS_H
#define TRACER_COLLECT_ERRANDS_H
/*
 * Questions to a session that take their time, asked without waiting: a thread of
 * their own answers one after the other, in the order asked.
 */
#include <stdbool.h>
#include "tracer/collect/session.h"

enum question {
	QUESTION_NONE,                  /* answered when all before it are */
	QUESTION_NOW,                   /* session_now */
	QUESTION_MOMENT,                /* session_moment */
	QUESTION_SNAPSHOT,              /* session_snapshot */
	QUESTION_RESET_PEAK,            /* session_reset_peak */
	QUESTION_WRITE                  /* session_write */
};

/* The snapshot is one reference, of who takes the answer. */
struct answer {
	struct snapshot *snapshot;      /* NULL: none was asked for, or it failed */
	int number;                     /* of a snapshot that was taken */
	bool failed;                    /* `error` says why */
	struct error error;
	double seconds;                 /* that it took */
};

struct errands;                         /* NULL wherever one is given: no thread, all is */
struct errand;                          /* answered when it is asked */

/* NULL: no thread could be had. */
struct errands *errands_new(void);
/* Ends the thread after what it is at; what waits is not done. */
void errands_free(struct errands *errands);
/* Readable when something was answered, until errands_drain; or -1. */
int errands_fd(const struct errands *errands);
void errands_drain(struct errands *errands);

/* NULL: out of memory.  The session must outlive the errands. */
struct errand *errands_ask(struct errands *errands, struct session *session,
			   enum question question, const char *text);
bool errands_answered(struct errands *errands, const struct errand *errand);
/* Waits for the answer, hands it over and frees the errand. */
void errands_take(struct errands *errands, struct errand *errand, struct answer *answer);
/* Nobody wants the answer any more: frees the errand, now or when it comes. */
void errands_forget(struct errands *errands, struct errand *errand);

#endif
