/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One job at a time: which keys make up the rows, then one walk over the history. */
#include "tui/desk/parts/curve_jobs.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include "tracer/collect/run/session.h"
#include "tracer/ground/clock.h"
#include "tracer/ground/worker.h"
#include "tui/detail/curves.h"

#define MOMENT 0.02                     /* seconds that a frame may wait for its curves */

struct curve_job {
	struct job job;
	struct session *session;
	struct curves_wanted wanted;
	struct trails trails;
	bool failed;
};

static bool watch(void *user, size_t which, const struct snapshot_row *row)
{
	struct curve_job *job = user;
	struct change change = {row->trace.v, row->thread, row->domain, {0}};
	return !atomic_load(&job->job.unwanted) &&
	       trails_watch(&job->trails, (uint32_t)which, change_key(&change));
}

static void curve_jobs_run(struct job *base)
{
	struct curve_job *job = (struct curve_job *)base;
	struct curves_wanted *wanted = &job->wanted;
	job->failed = !trails_init(&job->trails, (uint32_t)wanted->length, wanted->times,
				   wanted->times_length) ||
		      !members_each(wanted->members, wanted->rows, wanted->length, watch, job);
	job->trails.unwanted = &job->job.unwanted;
	if (!job->failed)
		job->failed = session_trails(job->session, &job->trails);
}

static void curve_jobs_let_go(struct job *base)
{
	struct curve_job *job = (struct curve_job *)base;
	trails_free(&job->trails);
	members_release(job->wanted.members);
	free(job);
}

bool curve_jobs_open(struct curve_jobs *jobs, struct session *session)
{
	jobs->session = session;
	jobs->curves = curves_new();
	return jobs->curves;
}

void curve_jobs_close(struct curve_jobs *jobs, struct worker *worker)
{
	if (jobs->asked)
		worker_drop(worker, &jobs->asked->job);
	curves_free(jobs->curves);
	*jobs = (struct curve_jobs){0};
}

static bool curve_jobs_ask(struct curve_jobs *jobs, struct worker *worker)
{
	struct curve_job *job = jobs->asked ? NULL : calloc(1, sizeof *job);
	if (!job)
		return false;
	job->job = (struct job){.run = curve_jobs_run, .free = curve_jobs_let_go};
	job->session = jobs->session;
	if (!curves_wanted(jobs->curves, &job->wanted)) {
		free(job);
		return false;
	}
	jobs->asked = job;
	worker_add(worker, &job->job);
	return true;
}

bool curve_jobs_take(struct curve_jobs *jobs, struct worker *worker)
{
	struct curve_job *job = jobs->asked;
	if (!job || !worker_done(worker, &job->job))
		return false;
	worker_take(worker, &job->job);
	jobs->asked = NULL;
	curves_put(jobs->curves, &job->wanted, job->failed ? NULL : job->trails.bytes);
	curve_jobs_let_go(&job->job);
	return true;
}

bool curve_jobs_await(struct curve_jobs *jobs, struct worker *worker)
{
	double until = clock_seconds() + MOMENT, left = MOMENT;
	struct pollfd fd = {.fd = worker_fd(worker), .events = POLLIN};
	if (!curve_jobs_ask(jobs, worker))
		return false;
	while (!curve_jobs_take(jobs, worker)) {
		left = until - clock_seconds();
		if (left <= 0)
			return false;
		poll(&fd, 1, (int)ceil(left * 1000));
		worker_drain(worker);
	}
	return true;
}
