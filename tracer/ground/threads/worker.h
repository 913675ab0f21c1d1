/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_THREADS_WORKER_H
#define TRACER_GROUND_THREADS_WORKER_H
/*
 * A thread that does one job after the other, in the order in which they were added, for
 * one owner.
 *
 * The same rule for stopping applies to one job (worker_drop) and to all of them
 * (worker_free): a job that still waits is freed without having run.  A job that runs is
 * told by `unwanted`, which it may check or not, and is freed when it returns.
 */
#include <stdatomic.h>
#include <stdbool.h>

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE };

/* The owner embeds this in a structure of its own with what the job needs.  All but the
 * two functions must be zero. */
struct job {
	void (*run)(struct job *job);   /* in the worker's thread */
	void (*free)(struct job *job);  /* in the thread that takes or drops the job */
	_Atomic bool unwanted;          /* set once the owner has no use for it any
					 * more */
	enum job_state state;           /* the worker's, protected by its lock */
	struct job *next;               /* the worker's */
};

/* NULL may be given in place of a worker: then there is no thread, and each job is done
 * when it is added. */
struct worker;

/* A worker whose thread, of a name of at most 15 bytes, starts with its first job; if it
 * can't be started then, jobs are done when they are added.  NULL: out of memory or
 * descriptors. */
struct worker *worker_new(const char *name);
/* Stops all jobs as described above, and waits for the thread to end.  Jobs may still be
 * offered, until it is freed. */
void worker_stop(struct worker *worker);
/* The same, unless that was done, and frees it. */
void worker_free(struct worker *worker);
/* A descriptor that is readable from when a job was done until worker_drain; or -1. */
int worker_fd(const struct worker *worker);
void worker_drain(const struct worker *worker);

/* Adds a job, which belongs to the worker until it is done and taken. */
void worker_add(struct worker *worker, struct job *job);
/* The same where the caller must not do the job itself, as what the job waits for is the caller.
 * False: there is no thread that could do it, or not any more; the job stays the caller's. */
bool worker_offer(struct worker *worker, struct job *job);
bool worker_done(struct worker *worker, const struct job *job);
/* True if no job waits or runs. */
bool worker_idle(struct worker *worker);
/* Waits until the job is done; it belongs to the caller from then on. */
void worker_take(struct worker *worker, struct job *job);
/* Takes back a job that has not begun, which is the caller's then.  False: it has. */
bool worker_withdraw(struct worker *worker, struct job *job);
/* Gives up a job that nobody wants any more: it is freed now, or when it has run. */
void worker_drop(struct worker *worker, struct job *job);

/* Seconds of processor time that the calling thread has used so far.  Unlike elapsed
 * time, they count neither other programs' turns nor waits for locks. */
double worker_core_seconds(void);

#endif
