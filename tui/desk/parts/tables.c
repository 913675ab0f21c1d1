/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions as jobs of the builder. */
#include "tui/desk/parts/tables.h"

#include <stdlib.h>
#include <time.h>
#include "tui/screens/question.h"

struct table_job {
	struct job job;
	struct question *question;
	double seconds;                 /* of a core that the answer took */
};

/* What this thread has used of a core: other programs' turns cost nothing. */
static double used(void)
{
	struct timespec used;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void tables_run(struct job *job)
{
	struct table_job *table = (struct table_job *)job;
	double began = used();
	table->question->answer(table->question);
	table->seconds = used() - began;
}

static void tables_let_go(struct job *job)
{
	question_free(((struct table_job *)job)->question);
	free(job);
}

void tables_open(struct tables *tables)
{
	tables->builder = worker_new("tables");
	tables->exporter = worker_new("export");
}

bool tables_busy(const struct tables *tables)
{
	return tables->asked || tables->count || tables->export;
}

static void forget(struct tables *tables, struct table_job **place)
{
	if (*place)
		worker_drop(tables->builder, &(*place)->job);
	*place = NULL;
}

static void job_begin(struct tables *tables, struct table_job **place, struct question *question)
{
	forget(tables, place);
	struct table_job *job = question ? calloc(1, sizeof *job) : NULL;
	if (!job) {
		question_free(question);
		return;
	}
	job->job = (struct job){.run = tables_run, .free = tables_let_go};
	job->question = question;
	question->unwanted = &job->job.unwanted;
	worker_add(tables->builder, &job->job);
	*place = job;
}

/* NULL while the job is not done.  Once it is, no other thread touches it. */
static struct question *job_end(struct tables *tables, struct table_job **place, double *seconds)
{
	struct table_job *job = *place;
	if (!job || !worker_done(tables->builder, &job->job))
		return NULL;
	struct question *question = job->question;
	worker_take(tables->builder, &job->job);
	*seconds = job->seconds;
	question->unwanted = NULL;
	job->question = NULL;
	tables_let_go(&job->job);
	*place = NULL;
	return question;
}

void tables_ask(struct tables *tables, struct question *question)
{
	job_begin(tables, &tables->asked, question);
}

void tables_ask_count(struct tables *tables, struct question *question)
{
	job_begin(tables, &tables->count, question);
}

struct question *tables_take(struct tables *tables, double *seconds)
{
	return job_end(tables, &tables->asked, seconds);
}

struct question *tables_take_count(struct tables *tables)
{
	double seconds;
	return job_end(tables, &tables->count, &seconds);
}

void tables_forget_table(struct tables *tables)
{
	forget(tables, &tables->asked);
}

void tables_forget_count(struct tables *tables)
{
	forget(tables, &tables->count);
	tables->answer[0] = tables->counted[0] = 0;
	tables->counted_of = 0;
}

void tables_close(struct tables *tables)
{
	forget(tables, &tables->asked);
	forget(tables, &tables->count);
	if (tables->export)
		worker_drop(tables->exporter, tables->export);
	worker_free(tables->builder);
	worker_free(tables->exporter);
	*tables = (struct tables){0};
}
