/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asks a worker for the table of the screen on top, and hands it to the screen when it has
 * come.
 */
#include "tui/desk/desk_table.h"

#include <math.h>
#include <poll.h>
#include <string.h>
#include "tracer/ground/clock.h"
#include "tui/desk/desk_moments.h"

#define MOMENT 0.02                     /* seconds that a key waits for its table */

void desk_table_ask(struct desk *desk)
{
	struct screen *top = desk_top(desk);
	name_sides(&desk->run, &desk->heaps, &desk->sides, &desk->travel.at, &desk->shown);
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

#define PROPOSED_FROM 1000u             /* at most this many rows are examined, the largest first */

static size_t count_leaks(const struct table *table)
{
	size_t leaks = 0;
	struct row row;
	for (size_t i = 0; i < table->length && i < PROPOSED_FROM; i++) {
		table_read(table, i, &row);
		leaks += row.growth && row.growth->word == GROWTH_LEAKING;
	}
	return leaks;
}

/* Proposes tab 8 when rows are first found to leak, unless the user has been there already. */
static void propose_growth(struct desk *desk)
{
	const struct screen *top = desk_top(desk);
	if (top->ops == &growth_screen)
		desk->proposed_growth = true;
	if (desk->proposed_growth || top->ops != &rows_screen || !desk->term ||
	    !desk->run.gauges.live || desk->shown.old || desk->foot.text[0] ||
	    !top->ops->table(top))
		return;
	size_t leaks = count_leaks(top->ops->table(top));
	if (!leaks)
		return;
	desk->proposed_growth = true;
	desk_say(desk, leaks == 1 ? "%zu row leaks: 8 shows its growth, H who holds it"
				  : "%zu rows leak: 8 shows their growth, H who holds them", leaks);
}

static bool is_same_mine(const struct mine *a, const struct mine *b)
{
	return a && a->on && a->used == b->used && !memcmp(a->folders, b->folders, a->used);
}

/* Says once that rows are named as before, since nothing here is own code. */
static void tell_mine(struct desk *desk)
{
	const struct mine *mine = &desk->wishes.mine;
	const struct screen *top = desk_top(desk);
	const struct table *table = top->ops->table ? top->ops->table(top) : NULL;
	if (!desk->wishes.mine_new || !table || !is_same_mine(table->view.mine, mine))
		return;
	desk->wishes.mine_new = false;
	if (!table_mine_none(table))
		return;
	if (mine->length)
		desk_say(desk, "no stack has code in %.200s%s%s: rows are named as without it",
			 mine_next(mine, NULL), mine->length > 1 ? " or the others" : "",
			 desk->run.gauges.live ? " so far" : "");
	else
		desk_say(desk, "no stack has code of your own%s: rows are named as without it",
			 desk->run.gauges.live ? " so far" : "");
}

static void take_table(struct desk *desk)
{
	struct screen *top = desk_top(desk);
	double seconds;
	struct question *question = tables_take(&desk->tables, &seconds);
	if (!question)
		return;
	desk->tables.cost = desk->asked.costs[0] + seconds;
	desk->tables.at = clock_seconds();
	desk_touch(desk);
	top->ops->take(top, &desk->context, question);
	tell_mine(desk);
	propose_growth(desk);
}

void desk_tables_take(struct desk *desk)
{
	take_table(desk);
	desk_export_take(desk);
	bool came = sources_take(&desk->sources);
	if (curve_jobs_take(&desk->curves, desk->tables.builder) || came)
		desk_touch(desk);
}
