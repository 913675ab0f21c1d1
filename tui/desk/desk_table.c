/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the desk asks of its snapshot, and what becomes of the answers. */
#include "tui/desk/desk_table.h"

#include <math.h>
#include <poll.h>
#include "tracer/ground/clock.h"
#include "tui/desk/desk_moments.h"
#include "views/format/format.h"

#define MOMENT 0.02                     /* seconds that a key may wait for its table */

void desk_table_ask(struct desk *desk)
{
	struct screen *top = desk_top(desk);
	desk_name_sides(desk);
	tables_ask(&desk->tables, top->ops->ask ? top->ops->ask(top, &desk->context) : NULL);
	desk_tables_take(desk);
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

static void take_table(struct desk *desk)
{
	struct screen *top = desk_top(desk);
	double seconds;
	struct question *question = tables_take(&desk->tables, &seconds);
	if (!question)
		return;
	desk->tables.cost = desk->asked.cost + seconds;
	desk->tables.at = clock_seconds();
	desk_touch(desk);
	top->ops->take(top, &desk->context, question);
}

void desk_count_ask(struct desk *desk, struct filter *typed, const char *text,
		    unsigned instead)
{
	struct context *context = &desk->context;
	const struct screen *top = desk_top(desk);
	const struct table *shown = top->ops->table(top);
	struct filter_list list;
	struct view view = shown->view;
	saved_active(&context->filters, instead, FILTERS_MAX - 1, &list);
	list.filters[list.length++] = typed;
	view.filters = &list;
	view.limit = 1;
	snprintf(desk->tables.counted, sizeof desk->tables.counted, "%s", text);
	desk->tables.counted_of = desk->signature;
	tables_ask_count(&desk->tables, question_new(sizeof(struct question), context, &view));
	desk_tables_take(desk);
}

static void take_count(struct desk *desk)
{
	struct tables *tables = &desk->tables;
	struct question *question = tables_take_count(tables);
	if (!question)
		return;
	const struct table *table = question->table;
	char size[FORMAT_MAX];
	tables->answer[0] = 0;
	if (table) {
		format_size((double)table->sum.size, false, size);
		snprintf(tables->answer, sizeof tables->answer, "%zu row%s, %s",
			 table->total_rows, format_s(table->total_rows), size);
	}
	question_free(question);
	desk_touch(desk);
}

void desk_tables_take(struct desk *desk)
{
	take_table(desk);
	take_count(desk);
	desk_export_take(desk);
	if (sources_take(&desk->sources))
		desk_touch(desk);
}
