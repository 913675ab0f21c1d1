/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A queue, a thread, and an eventfd that says that something was done.  The thread begins
 * with the first job, since many runs end without one. */
#include "tracer/ground/threads/worker.h"
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct worker {
	pthread_t thread;
	char name[16];                  /* the thread's */
	int event;
	pthread_mutex_t lock;           /* protects all fields below, and every job's
					 * state */
	pthread_cond_t moved;           /* a job was added or done, or `ending` was set */
	struct job *first, **last;      /* the jobs that wait, in order */
	struct job *running;            /* the job that runs, or NULL */
	bool begun;                     /* there is a thread */
	bool ending;
};

/* Takes the first job off the queue.  The lock must be held. */
static struct job *worker_next_job(struct worker *w)
{
	struct job *job = w->first;

	w->first = job->next;
	if (!w->first)
		w->last = &w->first;
	return job;
}

/* Runs the next job.  Called and left with the lock held; it is released while the job
 * runs. */
static void run_next(struct worker *w)
{
	struct job *job = worker_next_job(w);
	uint64_t one = 1;

	job->state = JOB_RUNNING;
	w->running = job;
	pthread_mutex_unlock(&w->lock);
	job->run(job);
	pthread_mutex_lock(&w->lock);
	w->running = NULL;
	job->state = JOB_DONE;
	if (atomic_load(&job->unwanted)) {
		job->free(job);
		return;
	}
	pthread_cond_broadcast(&w->moved);
	if (write(w->event, &one, sizeof(one)) < 0)
		return;                 /* the counter is full: it is readable anyway */
}

static void *worker_main(void *user)
{
	struct worker *w = user;

	pthread_mutex_lock(&w->lock);
	while (!w->ending) {
		if (w->first)
			run_next(w);
		else
			pthread_cond_wait(&w->moved, &w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct worker *worker_new(const char *name)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->last = &w->first;
	w->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->event < 0) {
		free(w);
		return NULL;
	}
	snprintf(w->name, sizeof(w->name), "%s", name);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->moved, NULL);
	return w;
}

void worker_stop(struct worker *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	bool joins = w->begun && !w->ending;

	w->ending = true;
	if (w->running)
		atomic_store(&w->running->unwanted, true);
	pthread_cond_broadcast(&w->moved);
	pthread_mutex_unlock(&w->lock);
	if (joins)
		pthread_join(w->thread, NULL);
	while (w->first) {
		struct job *job = worker_next_job(w);
		job->free(job);
	}
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	worker_stop(w);
	close(w->event);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->moved);
	free(w);
}

int worker_fd(const struct worker *w) { return w ? w->event : -1; }

void worker_drain(const struct worker *w)
{
	uint64_t count;

	if (w && read(w->event, &count, sizeof(count)) < 0)
		return;                 /* EAGAIN: no job was done since the last call */
}

/* Whether there is a thread, which begins here, but not beside a job that somebody does who
 * found none.  The lock must be held. */
static bool has_thread(struct worker *w)
{
	if (!w->begun && !w->running && pthread_create(&w->thread, NULL, worker_main, w) == 0) {
		pthread_setname_np(w->thread, w->name);
		w->begun = true;
	}
	return w->begun;
}

/* Puts a job at the queue's end.  The lock must be held. */
static void enqueue(struct worker *w, struct job *job)
{
	job->state = JOB_WAITING;
	job->next = NULL;
	*w->last = job;
	w->last = &job->next;
	pthread_cond_broadcast(&w->moved);
}

void worker_add(struct worker *w, struct job *job)
{
	if (!w) {
		job->run(job);
		job->state = JOB_DONE;
		return;
	}
	pthread_mutex_lock(&w->lock);
	bool threaded = has_thread(w);

	enqueue(w, job);
	/* Without a thread whoever adds a job does it, and what others add meanwhile. */
	while (!threaded && !w->running && w->first)
		run_next(w);
	pthread_mutex_unlock(&w->lock);
}

bool worker_offer(struct worker *w, struct job *job)
{
	if (!w)
		return false;
	pthread_mutex_lock(&w->lock);
	bool taken = !w->ending && has_thread(w);

	if (taken)
		enqueue(w, job);
	pthread_mutex_unlock(&w->lock);
	return taken;
}

bool worker_done(struct worker *w, const struct job *job)
{
	if (!w)
		return true;
	pthread_mutex_lock(&w->lock);
	bool done = job->state == JOB_DONE;
	pthread_mutex_unlock(&w->lock);
	return done;
}

bool worker_idle(struct worker *w)
{
	if (!w)
		return true;
	pthread_mutex_lock(&w->lock);
	bool idle = !w->first && !w->running;
	pthread_mutex_unlock(&w->lock);
	return idle;
}

void worker_take(struct worker *w, struct job *job)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	while (job->state != JOB_DONE)
		pthread_cond_wait(&w->moved, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

/* Takes a job off the queue.  The lock must be held. */
static void unqueue(struct worker *w, const struct job *job)
{
	struct job **at = &w->first;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	if (!*at)
		w->last = at;
}

bool worker_withdraw(struct worker *w, struct job *job)
{
	pthread_mutex_lock(&w->lock);
	bool waits = job->state == JOB_WAITING;

	if (waits)
		unqueue(w, job);
	pthread_mutex_unlock(&w->lock);
	return waits;
}

void worker_drop(struct worker *w, struct job *job)
{
	bool mine = true;

	if (w) {
		pthread_mutex_lock(&w->lock);
		mine = job->state != JOB_RUNNING;
		if (job->state == JOB_WAITING)
			unqueue(w, job);
		atomic_store(&job->unwanted, true);
		pthread_mutex_unlock(&w->lock);
	}
	if (mine)
		job->free(job);
}

double worker_core_seconds(void)
{
	struct timespec used = { 0 };

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}
