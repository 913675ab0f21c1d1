/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has questions answered by the builder's jobs. */
#include "tui/desk/parts/tables.h"

#include <stdlib.h>
#include "tui/screens/question.h"

struct table_job {
	struct job job;
	struct question *question;
	double seconds;                 /* processor time that the answer took */
};

static void tables_run(struct job *job)
{
	struct table_job *table = (struct table_job *)job;
	double began = worker_core_seconds();
	table->question->answer(table->question);
	table->seconds = worker_core_seconds() - began;
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
	return tables->asked || tables->export;
}

void tables_forget_table(struct tables *tables)
{
	if (tables->asked)
		worker_drop(tables->builder, &tables->asked->job);
	tables->asked = NULL;
}

void tables_ask(struct tables *tables, struct question *question)
{
	tables_forget_table(tables);
	struct table_job *job = question ? calloc(1, sizeof *job) : NULL;
	if (!job) {
		question_free(question);
		return;
	}
	job->job = (struct job){.run = tables_run, .free = tables_let_go};
	job->question = question;
	question->unwanted = &job->job.unwanted;
	worker_add(tables->builder, &job->job);
	tables->asked = job;
}

/* NULL while the job is not done.  Once it is, no other thread touches it. */
struct question *tables_take(struct tables *tables, double *seconds)
{
	struct table_job *job = tables->asked;
	if (!job || !worker_done(tables->builder, &job->job))
		return NULL;
	struct question *question = job->question;
	worker_take(tables->builder, &job->job);
	*seconds = job->seconds;
	question->unwanted = NULL;
	job->question = NULL;
	tables_let_go(&job->job);
	tables->asked = NULL;
	return question;
}

void tables_close(struct tables *tables)
{
	tables_forget_table(tables);
	if (tables->export)
		worker_drop(tables->exporter, tables->export);
	worker_free(tables->builder);
	worker_free(tables->exporter);
	*tables = (struct tables){0};
}
