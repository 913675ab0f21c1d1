/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_ERRANDS_H
#define TRACER_COLLECT_RUN_ERRANDS_H
/*
 * Questions to a session that take their time, asked without waiting: a worker
 * answers one after the other, in the order asked.
 */
#include <stdbool.h>
#include "tracer/collect/run/session.h"
#include "tracer/ground/worker.h"

enum errand_kind {
	ERRAND_NONE,                  /* answered when all before it are */
	ERRAND_NOW,                   /* session_now */
	ERRAND_MOMENT,                /* session_moment */
	ERRAND_SNAPSHOT,              /* session_snapshot */
	ERRAND_RESET_PEAK,            /* session_reset_peak */
	ERRAND_WRITE                  /* session_write */
};

/* The snapshot is one reference, of who takes the answer. */
struct answer {
	struct snapshot *snapshot;      /* NULL: none was asked for, or it failed */
	int number;                     /* of a snapshot that was taken */
	bool failed;                    /* `error` says why */
	struct error error;
	double seconds;                 /* that it took */
};

struct errand;

/* Asks; the session must outlive the worker (NULL: it is answered when it is asked).
 * NULL: out of memory. */
struct errand *errands_ask(struct worker *worker, struct session *session,
			   enum errand_kind kind, const char *text);
bool errands_answered(struct worker *worker, const struct errand *errand);
/* Waits for the answer, hands it over and frees the errand. */
void errands_take(struct worker *worker, struct errand *errand, struct answer *answer);
/* Nobody wants the answer any more: frees the errand, now or when it comes. */
void errands_forget(struct worker *worker, struct errand *errand);

#endif
