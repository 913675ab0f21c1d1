/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Source lines: a screen that lacks some when it is drawn leaves word in the context; a
 * worker reads them, from a disk that may be slow or out of a recording that another
 * thread reads too, and the screen is drawn again.
 */
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/clock.h"
#include "tui/desk/desk.h"
#include "tui/screens/drill.h"

#define MOMENT 0.02                     /* seconds that a frame may wait for its lines */
#define RANGES 256u                     /* that are read in one go */

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

static void run(struct job *base)
{
	struct source_job *job = (struct source_job *)base;
	for (size_t i = 0; i < job->length; i++)
		read_range(job, &job->range[i]);
}

static void let_go(struct job *base)
{
	struct source_job *job = (struct source_job *)base;
	while (job->length)
		source_range_clear(&job->range[--job->length]);
	free(job);
}

/* Asks for the lines that were missing; false: none were, or others are on their way. */
static bool ask(struct desk *desk)
{
	struct tables *tables = &desk->tables;
	struct source_job *job = tables->sources ? NULL : calloc(1, sizeof *job);
	if (!job)
		return false;
	job->job = (struct job){.run = run, .free = let_go};
	job->session = desk->session;
	job->length = source_lines_wanted(desk->context.source, job->range, RANGES);
	if (!job->length) {
		free(job);
		return false;
	}
	tables->sources = job;
	worker_add(tables->reader, &job->job);
	return true;
}

bool desk_sources_take(struct desk *desk)
{
	struct tables *tables = &desk->tables;
	struct source_job *job = tables->sources;
	if (!job || !worker_done(tables->reader, &job->job))
		return false;
	worker_take(tables->reader, &job->job);
	tables->sources = NULL;
	for (size_t i = 0; i < job->length; i++)
		source_lines_put(desk->context.source, &job->range[i]);
	let_go(&job->job);
	desk_touch(desk);
	return true;
}

bool desk_sources_await(struct desk *desk)
{
	double until = clock_seconds() + MOMENT, left = MOMENT;
	struct pollfd fd = {.fd = worker_fd(desk->tables.reader), .events = POLLIN};
	if (!ask(desk))
		return false;
	while (!desk_sources_take(desk)) {
		left = until - clock_seconds();
		if (left <= 0)
			return false;
		poll(&fd, 1, (int)ceil(left * 1000));
		worker_drain(desk->tables.reader);
	}
	return true;
}

void tables_forget_sources(struct tables *tables)
{
	if (tables->sources)
		worker_drop(tables->reader, &tables->sources->job);
	tables->sources = NULL;
}
