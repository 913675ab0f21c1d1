/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of filters: a row keeps what all those that are on keep.  The first
 * without a name is the filter of the prompt (`f`).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/screens/screens.h"
#include "tui/screens/sheet.h"
#include "views/format/format.h"

struct filters {
	struct list list;
};

/* Cells for names, 0 if there is none. */
static unsigned name_width(const struct context *context, unsigned width)
{
	unsigned names = 0;
	for (size_t i = 0; i < context->filters_length; i++) {
		const char *name = context->filters[i].name;
		unsigned cells = name ? (unsigned)strlen(name) : 0;
		names = cells > names ? cells : names;
	}
	return names < width / 4 ? names : width / 4;
}

static uint32_t filters_cell(const void *user, const struct context *context, size_t row,
			     unsigned column, char *text)
{
	(void)user;
	(void)column;
	snprintf(text, SHEET_CELL, context->filters[row].on ? " [x]" : " [ ]");
	return context->filters[row].on ? STYLE_KEY : STYLE_DIM;
}

static void draw_filter(const void *user, const struct context *context, size_t row,
			struct canvas *canvas, struct area line)
{
	const struct saved_filter *filter = &context->filters[row];
	unsigned names = *(const unsigned *)user, x = names ? names + 2 : 0;
	char safe[4096];
	if (filter->name)
		canvas_put(canvas, line.x, line.y, names, STYLE_FUNCTION, filter->name);
	format_safe(filter->text, safe, sizeof safe);
	canvas_put(canvas, line.x + x, line.y, line.width > x ? line.width - x : 0,
		   filter->on ? STYLE_TEXT : STYLE_DIM, safe);
}

static void filters_draw(struct screen *screen, const struct context *context,
			 struct canvas *canvas, struct area area)
{
	static const struct sheet_column box = {"", 5, 0, true};
	struct filters *filters = screen->state;
	unsigned names = name_width(context, area.width);
	const struct sheet sheet = {
		.columns = &box, .length = 1, .rest = "filters: a row must pass all that are on",
		.cell = filters_cell, .draw = draw_filter, .user = &names,
		.empty = context->filters_length
				 ? NULL
				 : "No filter: a adds one, and so does f in the table.",
	};
	sheet_fit(&filters->list, context->filters_length, area);
	sheet_draw(&sheet, &filters->list, context, canvas, area);
}

static void delete_filter(struct context *context, size_t at)
{
	filter_free(context->filters[at].filter);
	free(context->filters[at].text);
	free(context->filters[at].name);
	memmove(&context->filters[at], &context->filters[at + 1],
		(context->filters_length - at - 1) * sizeof *context->filters);
	context->filters_length--;
}

/* Swaps a filter with its neighbour, and goes with it. */
static void move_filter(struct filters *filters, struct context *context, bool up)
{
	size_t at = filters->list.selected, to = up ? at - 1 : at + 1;
	if (to >= context->filters_length)
		return;
	struct saved_filter moved = context->filters[at];
	context->filters[at] = context->filters[to];
	context->filters[to] = moved;
	list_select(&filters->list, to);
}

static unsigned filters_ask(struct context *context, enum ask what, size_t which)
{
	context->ask = what;
	context->ask_line = (unsigned)which;
	return REACT_HANDLED | REACT_DESK;
}

static unsigned filters_act(struct screen *screen, struct context *context,
			    enum action action, const char *text)
{
	struct filters *filters = screen->state;
	size_t at = filters->list.selected;
	(void)text;
	if (list_move(&filters->list, action))
		return REACT_HANDLED;
	if (action == ACTION_FILTER_ADD)
		return filters_ask(context, ASK_FILTER_ADD, 0);
	bool moves = action == ACTION_FILTER_UP || action == ACTION_FILTER_DOWN;
	bool own = action == ACTION_FILTER_TOGGLE || action == ACTION_OPEN || moves ||
		   action == ACTION_FILTER_EDIT || action == ACTION_FILTER_NAME ||
		   action == ACTION_FILTER_DELETE;
	if (!own)
		return REACT_IGNORED;
	if (at >= context->filters_length) {
		context_say(context, true, "there is no filter: a adds one");
		return REACT_HANDLED;
	}
	if (action == ACTION_FILTER_EDIT)
		return filters_ask(context, ASK_FILTER_EDIT, at);
	if (action == ACTION_FILTER_NAME)
		return filters_ask(context, ASK_FILTER_NAME, at);
	if (moves)
		move_filter(filters, context, action == ACTION_FILTER_UP);
	else if (action == ACTION_FILTER_DELETE)
		delete_filter(context, at);
	else
		context->filters[at].on = !context->filters[at].on;
	return filters_ask(context, ASK_FILTERS_CHANGED, 0) | REACT_REBUILD;
}

const struct screen_ops filters_screen = {
	.title = "Filters",
	.place = IN_FILTERS,
	.size = sizeof(struct filters),
	.draw = filters_draw,
	.act = filters_act,
};
