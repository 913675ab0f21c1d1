/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One job at a time: it finds which keys make up the rows, walks over the history once,
 * and makes verdicts for tables that have none. */
#include "tui/desk/parts/curve_jobs.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include "tracer/collect/run/session.h"
#include "tracer/ground/clock.h"
#include "tracer/ground/threads/worker.h"
#include "tui/detail/curves.h"

#define MOMENT 0.02                     /* seconds that a frame may wait for its curves */

struct curve_job {
	struct job job;
	struct session *session;
	struct curves_wanted wanted;
	struct member_sets sets;
	struct trails trails;           /* of the sets */
	float *bytes;                   /* of the rows */
	struct growth_verdict *verdicts;
	bool judged[CURVES_AT_ONCE];
	bool failed;
};

static bool given_up(const struct curve_job *job)
{
	return atomic_load(&job->job.unwanted);
}

/* Finds the trail of each set of rows.  Each key is in one set, in however many rows it
 * counts. */
static bool find_trails(struct curve_job *job)
{
	const struct curves_wanted *wanted = &job->wanted;
	const struct snapshot *now = members_snapshot(wanted->members);
	if (!trails_init(&job->trails, (uint32_t)job->sets.length, wanted->times,
			 wanted->times_length))
		return false;
	for (size_t i = 0; i < now->rows_length; i++) {
		const struct snapshot_row *row = &now->rows[i];
		struct change change = {row->trace.v, row->thread, row->domain, {0}};
		if (job->sets.of[i] &&
		    (given_up(job) ||
		     !trails_watch(&job->trails, job->sets.of[i], change_key(&change))))
			return false;
	}
	job->trails.unwanted = &job->job.unwanted;
	return !session_trails(job->session, &job->trails);
}

/* Adds what a set held to each row that it belongs to. */
static bool add_trails(struct curve_job *job)
{
	const struct member_sets *sets = &job->sets;
	size_t times = job->wanted.times_length;
	job->bytes = calloc(job->wanted.length * times + 1, sizeof *job->bytes);
	for (uint32_t i = 1; job->bytes && i < sets->length; i++)
		for (uint32_t at = i; at; at = sets->sets[at].parent)
			for (size_t j = 0; j < times; j++)
				job->bytes[sets->sets[at].place * times + j] +=
					job->trails.bytes[i * times + j];
	return job->bytes;
}

static bool find_verdicts(struct curve_job *job)
{
	const struct curves_wanted *wanted = &job->wanted;
	job->verdicts = calloc(wanted->length, sizeof *job->verdicts);
	return job->verdicts && members_judge(wanted->members, &job->sets, wanted->judge,
					      wanted->length, job->verdicts, job->judged);
}

static void curve_jobs_run(struct job *base)
{
	struct curve_job *job = (struct curve_job *)base;
	struct curves_wanted *wanted = &job->wanted;
	job->failed = !members_sets(wanted->members, wanted->rows, wanted->length, &job->sets) ||
		      (wanted->times_length && !(find_trails(job) && add_trails(job))) ||
		      (wanted->judge && !find_verdicts(job));
}

static void curve_jobs_let_go(struct job *base)
{
	struct curve_job *job = (struct curve_job *)base;
	trails_free(&job->trails);
	member_sets_free(&job->sets);
	curves_let_go(&job->wanted);
	free(job->bytes);
	free(job->verdicts);
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

void curve_jobs_begin(struct curve_jobs *jobs)
{
	curves_hide(jobs->curves);
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
	const struct curves_answer answer = {job->failed, job->bytes, job->verdicts, job->judged};
	curves_put(jobs->curves, &job->wanted, &answer);
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
