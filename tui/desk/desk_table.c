/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions as jobs of the builder, and what becomes of their answers. */
#include "tui/desk/desk_table.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tracer/ground/clock.h"
#include "tui/desk/desk.h"
#include "views/format/format.h"

#define MOMENT 0.02                     /* seconds that a key may wait for its table */

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

static void desk_table_run(struct job *job)
{
	struct table_job *table = (struct table_job *)job;
	double began = used();
	table->question->answer(table->question);
	table->seconds = used() - began;
}

static void desk_table_let_go(struct job *job)
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

/* Takes the question over.  NULL: there was none, or no memory. */
static struct table_job *desk_table_begin(struct tables *tables,
					  struct question *question)
{
	struct table_job *job = question ? calloc(1, sizeof *job) : NULL;
	if (!job) {
		question_free(question);
		return NULL;
	}
	job->job = (struct job){.run = desk_table_run, .free = desk_table_let_go};
	job->question = question;
	question->unwanted = &job->job.unwanted;
	worker_add(tables->builder, &job->job);
	return job;
}

/* The question of a job that is done; the caller's. */
static struct question *desk_table_end(struct tables *tables, struct table_job **place)
{
	struct table_job *job = *place;
	struct question *question = job->question;
	worker_take(tables->builder, &job->job);
	question->unwanted = NULL;
	job->question = NULL;
	desk_table_let_go(&job->job);
	*place = NULL;
	return question;
}

static void forget(struct tables *tables, struct table_job **place)
{
	if (*place)
		worker_drop(tables->builder, &(*place)->job);
	*place = NULL;
}

/* --- the table of the screen on top --- */

void desk_table_ask(struct desk *desk)
{
	struct screen *top = desk_top(desk);
	tables_forget_table(&desk->tables);
	desk_name_sides(desk);
	if (top->ops->ask)
		desk->tables.asked = desk_table_begin(&desk->tables,
						      top->ops->ask(top, &desk->context));
	desk_tables_take(desk);
}

void tables_forget_table(struct tables *tables) { forget(tables, &tables->asked); }

static bool has_come(const struct tables *tables, const struct table_job *job)
{
	return job && worker_done(tables->builder, &job->job);
}

static void take_table(struct desk *desk)
{
	struct screen *top = desk_top(desk);
	/* The job is not read in another thread any more: has_come waited for that. */
	desk->tables.cost = desk->asked.cost + desk->tables.asked->seconds;
	desk->tables.at = clock_seconds();
	struct question *question = desk_table_end(&desk->tables, &desk->tables.asked);
	desk_touch(desk);
	top->ops->take(top, &desk->context, question);
}

void desk_table_await(struct desk *desk)
{
	double until = clock_seconds() + MOMENT, left = MOMENT;
	struct pollfd fd = {.fd = worker_fd(desk->tables.builder), .events = POLLIN};
	while (desk->tables.asked && left > 0) {
		worker_drain(desk->tables.builder);
		desk_tables_take(desk);
		left = until - clock_seconds();
		if (desk->tables.asked && left > 0)
			poll(&fd, 1, (int)ceil(left * 1000));
	}
}

/* --- what a filter would leave --- */

void desk_count_ask(struct desk *desk, struct filter *typed, const char *text,
		    unsigned instead)
{
	struct context *context = &desk->context;
	const struct screen *top = desk_top(desk);
	const struct table *shown = top->ops->table(top);
	struct filter_list list;
	struct view view = shown->view;
	forget(&desk->tables, &desk->tables.count);
	saved_active(&context->filters, instead, FILTERS_MAX - 1, &list);
	list.filters[list.length++] = typed;
	view.filters = &list;
	view.limit = 1;
	snprintf(desk->tables.counted, sizeof desk->tables.counted, "%s", text);
	desk->tables.counted_of = desk->signature;
	desk->tables.count = desk_table_begin(
		&desk->tables, question_new(sizeof(struct question), context, &view));
	desk_tables_take(desk);
}

void tables_forget_count(struct tables *tables)
{
	forget(tables, &tables->count);
	tables->answer[0] = tables->counted[0] = 0;
	tables->counted_of = 0;
}

static void take_count(struct tables *tables)
{
	struct question *question = desk_table_end(tables, &tables->count);
	const struct table *table = question->table;
	char size[FORMAT_MAX];
	tables->answer[0] = 0;
	if (table) {
		format_size((double)table->sum.size, false, size);
		snprintf(tables->answer, sizeof tables->answer, "%zu row%s, %s",
			 table->total_rows, format_s(table->total_rows), size);
	}
	question_free(question);
}

/* --- all of them --- */

void desk_tables_take(struct desk *desk)
{
	struct tables *tables = &desk->tables;
	if (has_come(tables, tables->asked))
		take_table(desk);
	if (has_come(tables, tables->count)) {
		take_count(tables);
		desk_touch(desk);
	}
	desk_export_take(desk);
	if (sources_take(&desk->sources))
		desk_touch(desk);
}

void tables_close(struct tables *tables)
{
	forget(tables, &tables->asked);
	forget(tables, &tables->count);
	tables_forget_export(tables);
	worker_free(tables->builder);
	worker_free(tables->exporter);
	tables->builder = tables->exporter = NULL;
}
