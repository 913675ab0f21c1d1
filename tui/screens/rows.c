/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tabs that are one table each: Lines, Traces, Functions, Files, Modules, Threads.
 * They differ only in the key that blocks are grouped by.
 */
#include <stdlib.h>
#include <string.h>
#include "tui/screens/grid.h"
#include "tui/screens/screens.h"
#include "tui/screens/drill.h"

struct rows {
	struct grid grid;               /* must be the first member: see grid_table */
	unsigned width;                 /* as drawn last, for the mouse */
};

static void rows_close(struct screen *screen)
{
	struct rows *rows = screen->state;
	grid_close(&rows->grid);
}

static struct question *rows_ask(struct screen *screen, struct context *context)
{
	const struct rows *rows = screen->state;
	struct view view = grid_view(&rows->grid, context, (enum view_key)screen->which);
	return grid_seek(&rows->grid, question_new(sizeof(struct question), context, &view));
}

static void rows_take(struct screen *screen, struct context *context, struct question *question)
{
	struct rows *rows = screen->state;
	grid_take(&rows->grid, question);
	const struct table *table = rows->grid.table;
	const struct column *sort = column_get(rows->grid.sort);
	if (rows->grid.problem[0])
		context_say(context, true, "%s", rows->grid.problem);
	else if (table && sort && !column_known(sort, table) && !context->foot->text[0])
		context_say(context, false, "a moment of the history does not have %s: the largest "
			    "come first", sort->name);
	if (context->wishes->follow[0])
		grid_follow(&rows->grid, context->wishes->follow);
	context->wishes->follow[0] = 0;
}

static void rows_draw(struct screen *screen, const struct context *context,
		      struct canvas *canvas, struct area area)
{
	struct rows *rows = screen->state;
	rows->width = area.width;
	grid_draw_explained(&rows->grid, context, canvas, area);
}

static unsigned open_row(struct rows *rows, struct context *context)
{
	const struct row *row = grid_row(&rows->grid);
	if (!row)
		return grid_no_row(&rows->grid, context);
	return row->frames_length && rows->grid.table->view.by == BY_TRACEBACK
		       ? stack_open(context, rows->grid.table, row, NULL)
		       : stacks_open(context, rows->grid.table, row);
}

static unsigned edit_row(struct rows *rows, struct context *context)
{
	const struct row *row = grid_row(&rows->grid);
	if (!row)
		return grid_no_row(&rows->grid, context);
	if (!row->frames_length || !row->newest.file[0]) {
		context_say(context, true, "this row is not a line of a file");
		return REACT_HANDLED;
	}
	return drill_edit(context, &row->newest);
}

static unsigned rows_act(struct screen *screen, struct context *context,
			 enum action action, const char *text)
{
	struct rows *rows = screen->state;
	const struct row *row = grid_row(&rows->grid);
	if (action == ACTION_OPEN)
		return open_row(rows, context);
	if (action == ACTION_EDIT)
		return edit_row(rows, context);
	if (action == ACTION_CUMULATIVE && view_key_get((enum view_key)screen->which)->of != OF_FRAME) {
		context_say(context, true, "cumulative counts lines, functions, files or modules: tabs "
			    "1, 3, 4 and 5");
		return REACT_HANDLED;
	}
	if (action == ACTION_BY && row && rows->grid.chosen &&
	    strlen(row->key) < sizeof context->wishes->follow)
		strcpy(context->wishes->follow, row->key);
	return grid_act(&rows->grid, context, action, text);
}

static unsigned rows_click(struct screen *screen, struct context *context, unsigned x,
			   unsigned y)
{
	struct rows *rows = screen->state;
	unsigned reaction = grid_click(&rows->grid, context, rows->width, x, y);
	bool row = y && list_at(&rows->grid.list, y - 1) != SIZE_MAX;
	return row && context->click_again ? open_row(rows, context) : reaction;
}

/* Tab 8: lines, with those that leak first. */
static void growth_open(struct screen *screen)
{
	struct rows *rows = screen->state;
	rows->grid.sort = COLUMN_GROWTH;
}

static void growth_take(struct screen *screen, struct context *context,
			struct question *question)
{
	const struct rows *rows = screen->state;
	rows_take(screen, context, question);
	const struct table *table = rows->grid.table;
	/* In a live run the growth column comes with the next snapshot. */
	if (table && !column_shown(column_get(COLUMN_GROWTH), table) &&
	    table->now->kind != MOMENT_LIVE)
		context_say(context, false,
			    "rows cannot be sorted by verdict here; the marks before their names "
			    "tell it (? explains them)");
}

const struct screen_ops growth_screen = {
	.title = "Growth",
	.place = IN_TABLE,
	.size = sizeof(struct rows),
	.open = growth_open,
	.close = rows_close,
	.ask = rows_ask,
	.take = growth_take,
	.draw = rows_draw,
	.act = rows_act,
	.table = grid_table,
	.click = rows_click,
};

const struct screen_ops rows_screen = {
	.title = "Rows",
	.place = IN_TABLE,
	.size = sizeof(struct rows),
	.close = rows_close,
	.ask = rows_ask,
	.take = rows_take,
	.draw = rows_draw,
	.act = rows_act,
	.table = grid_table,
	.click = rows_click,
};
