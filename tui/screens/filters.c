/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of filters: all filters that are on must keep a row.  The first filter without
 * a name is the one that the prompt sets (`f`).
 */
#include <stdio.h>
#include <string.h>
#include "tui/screens/screens.h"
#include "tui/base/sheet.h"
#include "views/format/format.h"

struct filters {
	struct list list;
};

/* What its sheet is drawn from. */
struct filters_sheet {
	const struct saved_filters *saved;
	unsigned names;                 /* cells for names, 0 if there is none */
};

/* The width of the names in cells, 0 if there are none. */
static unsigned name_width(const struct saved_filters *saved, unsigned width)
{
	unsigned names = 0;
	for (size_t i = 0; i < saved->length; i++) {
		const char *name = saved->all[i].name;
		unsigned cells = name ? (unsigned)strlen(name) : 0;
		names = cells > names ? cells : names;
	}
	return names < width / 4 ? names : width / 4;
}

static uint32_t filters_cell(const void *user, size_t row, unsigned column, char *text)
{
	const struct filters_sheet *sheet = user;
	(void)column;
	bool on = sheet->saved->all[row].on;
	snprintf(text, SHEET_CELL, on ? " [x]" : " [ ]");
	return on ? STYLE_KEY : STYLE_DIM;
}

static void draw_filter(const void *user, size_t row, struct canvas *canvas,
			struct area line)
{
	const struct filters_sheet *sheet = user;
	const struct saved_filter *filter = &sheet->saved->all[row];
	unsigned names = sheet->names, x = names ? names + 2 : 0;
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
	const struct saved_filters *saved = context->filters;
	const struct filters_sheet user = {saved, name_width(saved, area.width)};
	const struct sheet sheet = {
		.columns = &box, .length = 1, .rest = "filters: a row must pass all that are on",
		.cell = filters_cell, .draw = draw_filter, .user = &user,
		.empty = saved->length
				 ? NULL
				 : "No filter: a adds one, and so does f in the table.",
	};
	sheet_fit(&filters->list, saved->length, area);
	sheet_draw(&sheet, &filters->list, canvas, area);
}

/* Swaps a filter with its neighbour; the selection follows it. */
static void move_filter(struct list *list, struct saved_filters *saved, bool up)
{
	size_t at = list->selected, to = up ? at - 1 : at + 1;
	if (to >= saved->length)
		return;
	saved_swap(saved, at, to);
	list_select(list, to);
}

static unsigned filters_act(struct screen *screen, struct context *context,
			    enum action action, const char *text)
{
	struct filters *filters = screen->state;
	struct saved_filters *saved = context->filters;
	size_t at = filters->list.selected;
	(void)text;
	if (list_move(&filters->list, action))
		return REACT_HANDLED;
	if (action == ACTION_FILTER_ADD)
		return context_ask(context, ASK_FILTER_ADD, 0, "");
	bool moves = action == ACTION_FILTER_UP || action == ACTION_FILTER_DOWN;
	bool own = action == ACTION_FILTER_TOGGLE || action == ACTION_OPEN || moves ||
		   action == ACTION_FILTER_EDIT || action == ACTION_FILTER_NAME ||
		   action == ACTION_FILTER_DELETE;
	if (!own)
		return REACT_IGNORED;
	if (at >= saved->length) {
		context_say(context, true, "there is no filter: a adds one");
		return REACT_HANDLED;
	}
	if (action == ACTION_FILTER_EDIT)
		return context_ask(context, ASK_FILTER_EDIT, (unsigned)at, "");
	if (action == ACTION_FILTER_NAME)
		return context_ask(context, ASK_FILTER_NAME, (unsigned)at, "");
	if (moves)
		move_filter(&filters->list, saved, action == ACTION_FILTER_UP);
	else if (action == ACTION_FILTER_DELETE)
		saved_drop(saved, at);
	else
		saved->all[at].on = !saved->all[at].on;
	return context_ask(context, ASK_FILTERS_CHANGED, 0, "") | REACT_REBUILD;
}

const struct screen_ops filters_screen = {
	.title = "Filters",
	.place = IN_FILTERS,
	.size = sizeof(struct filters),
	.draw = filters_draw,
	.act = filters_act,
};
