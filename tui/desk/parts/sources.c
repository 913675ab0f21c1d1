/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Source lines.  If a screen lacks some when it is drawn, the context notes it; a worker
 * reads them, from a disk that may be slow or from a recording that another thread reads
 * too, and the screen is drawn again.
 */
#include "tui/desk/parts/sources.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/clock.h"
#include "tracer/collect/run/session.h"
#include "tracer/ground/threads/worker.h"
#include "tui/detail/source_lines.h"

#define MOMENT 0.02                     /* seconds that a frame may wait for its lines */
#define RANGES 256u                     /* ranges that are read at a time */

struct source_job {
	struct job job;
	struct session *session;
	size_t length;
	struct source_range range[RANGES];
};

static void read_range(struct source_job *job, struct source_range *range)
{
	char text[512];
	for (unsigned i = 0; i < range->length && !atomic_load(&job->job.unwanted); i++)
		if (session_source(job->session, range->file, range->first + i, text,
				   sizeof text) >= 0)
			range->text[i] = strdup(text);
}

static void sources_run(struct job *base)
{
	struct source_job *job = (struct source_job *)base;
	for (size_t i = 0; i < job->length; i++)
		read_range(job, &job->range[i]);
}

static void sources_let_go(struct job *base)
{
	struct source_job *job = (struct source_job *)base;
	while (job->length)
		source_range_clear(&job->range[--job->length]);
	free(job);
}

bool sources_open(struct sources *sources, struct session *session, bool worker)
{
	sources->session = session;
	sources->lines = source_lines_new();
	sources->reader = worker ? worker_new("sources") : NULL;
	return sources->lines;
}

void sources_close(struct sources *sources)
{
	if (sources->asked)
		worker_drop(sources->reader, &sources->asked->job);
	worker_free(sources->reader);
	source_lines_free(sources->lines);
	*sources = (struct sources){0};
}

/* Asks for the lines that were missing.  False: none were, or others are on their way. */
static bool sources_ask(struct sources *sources)
{
	struct source_job *job = sources->asked ? NULL : calloc(1, sizeof *job);
	if (!job)
		return false;
	job->job = (struct job){.run = sources_run, .free = sources_let_go};
	job->session = sources->session;
	job->length = source_lines_wanted(sources->lines, job->range, RANGES);
	if (!job->length) {
		free(job);
		return false;
	}
	sources->asked = job;
	worker_add(sources->reader, &job->job);
	return true;
}

bool sources_take(struct sources *sources)
{
	struct source_job *job = sources->asked;
	if (!job || !worker_done(sources->reader, &job->job))
		return false;
	worker_take(sources->reader, &job->job);
	sources->asked = NULL;
	for (size_t i = 0; i < job->length; i++)
		source_lines_put(sources->lines, &job->range[i]);
	sources_let_go(&job->job);
	return true;
}

bool sources_await(struct sources *sources)
{
	double until = clock_seconds() + MOMENT, left = MOMENT;
	struct pollfd fd = {.fd = worker_fd(sources->reader), .events = POLLIN};
	if (!sources_ask(sources))
		return false;
	while (!sources_take(sources)) {
		left = until - clock_seconds();
		if (left <= 0)
			return false;
		poll(&fd, 1, (int)ceil(left * 1000));
		worker_drain(sources->reader);
	}
	return true;
}
