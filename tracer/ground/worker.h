/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_WORKER_H
#define TRACER_GROUND_WORKER_H
/*
 * A thread that does one job after the other, in the order given, for one owner.
 *
 * The rule for stopping, the same for one job (worker_drop) and for all of them
 * (worker_free): a job that waits is let go without having run; one that runs is told
 * by `unwanted`, which it may look at or not, and is let go when it returns.
 */
#include <stdatomic.h>
#include <stdbool.h>

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE };

/* Put into what the job needs; zero but for the two functions. */
struct job {
	void (*run)(struct job *job);   /* in the worker's thread */
	void (*free)(struct job *job);  /* in the thread that lets it go */
	_Atomic bool unwanted;          /* the owner has no use for it any more */
	enum job_state state;           /* the worker's, under its lock */
	struct job *next;               /* the worker's */
};

/* NULL wherever a worker is given: no thread, each job is done when it is added. */
struct worker;

/* With a name for its thread, at most 15 bytes.  NULL: no thread could be had. */
struct worker *worker_new(const char *name);
/* Stops as said above, and waits for the thread. */
void worker_free(struct worker *worker);
/* Readable when a job was done, until worker_drain; or -1. */
int worker_fd(const struct worker *worker);
void worker_drain(const struct worker *worker);

/* The job is the worker's until it is done and taken. */
void worker_add(struct worker *worker, struct job *job);
bool worker_done(struct worker *worker, const struct job *job);
/* Waits until it is done; it is the caller's from then on. */
void worker_take(struct worker *worker, struct job *job);
/* Nobody wants it: it is freed now, or when it has run. */
void worker_drop(struct worker *worker, struct job *job);

/* Seconds of a core that the calling thread has used so far.  Unlike the time that has
 * passed, they do not count other programs' turns and waits for locks. */
double worker_core_seconds(void);

#endif
