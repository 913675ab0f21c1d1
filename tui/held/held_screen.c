/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The screen Held: which variable, stack or block alone keeps what alive, opened row by
 * row.  What the user opened or closed is remembered by the path of names, so that it
 * survives another look.  A row that the user has not touched is open if it keeps a tenth
 * of everything.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/screens/question.h"
#include "tui/screens/screens.h"
#include "tui/base/sheet.h"
#include "views/format/format.h"
#include "views/held/laid.h"

#define HELD_ROWS_MOST 10000u
#define HELD_CHOICES 1024u              /* choices that are remembered; older ones are
					 * forgotten */

struct choice {
	uint64_t path;
	bool open;
};

struct held_state {
	struct list list;
	struct table *table;            /* owned; NULL before the first one */
	struct laid *laid;              /* its rows; NULL: it has none */
	char problem[256];
	struct choice choices[HELD_CHOICES];
	size_t choices_length;
};

/* The columns in their order on the screen; those that are needed least are left out
 * first. */
enum held_part { KEEPS, SHARE, BLOCKS, OWN, HELD_PARTS };
static const struct sheet_column held_columns[HELD_PARTS] = {
	[KEEPS] = {"retained", 10, 0, false},
	[SHARE] = {"%", 6, 30, false},
	[BLOCKS] = {"blocks", 11, 50, false},
	[OWN] = {"own", 10, 70, false},
};

static void held_close(struct screen *screen)
{
	struct held_state *held = screen->state;
	laid_free(held->laid);
	table_free(held->table);
}

static bool is_held_open(void *user, const struct laid_row *row, uint64_t whole)
{
	const struct held_state *held = user;
	for (size_t i = held->choices_length; i-- > 0;)
		if (held->choices[i].path == row->path)
			return held->choices[i].open;
	return row->bytes && row->bytes >= whole / 10;
}

static void held_choose(struct held_state *held, uint64_t path, bool open)
{
	size_t laid = 0;
	for (size_t i = 0; i < held->choices_length; i++)
		if (held->choices[i].path != path)
			held->choices[laid++] = held->choices[i];
	if (laid == HELD_CHOICES)
		memmove(held->choices, held->choices + 1, --laid * sizeof *held->choices);
	held->choices[laid] = (struct choice){path, open};
	held->choices_length = laid + 1;
}

/* Makes the rows anew; the selection stays on its row. */
static unsigned held_lay(struct held_state *held, struct context *context)
{
	struct laid *before = held->laid;
	size_t at = held->list.selected;
	uint64_t path = before && at < before->length ? before->rows[at].path : 0;
	held->laid = held->table && laid_known(held->table)
			     ? laid_new(held->table, is_held_open, held, HELD_ROWS_MOST)
			     : NULL;
	laid_free(before);
	if (held->laid && held->laid->length == HELD_ROWS_MOST)
		context_say(context, false, "only the first %u rows are shown", HELD_ROWS_MOST);
	if (!held->laid && held->table && laid_known(held->table))
		snprintf(held->problem, sizeof held->problem, "out of memory");
	for (size_t i = 0; path && held->laid && i < held->laid->length; i++)
		if (held->laid->rows[i].path == path) {
			held->list.length = held->laid->length;
			list_select(&held->list, i);
			break;
		}
	return REACT_HANDLED;
}

/* Asks without filters and diffs, which do not change what a block keeps alive. */
static struct question *held_ask(struct screen *screen, struct context *context)
{
	const struct view view = {.by = BY_TRACEBACK, .sort = COLUMN_SIZE};
	struct question *question = question_new(sizeof *question, context, &view);
	(void)screen;
	if (question) {
		snapshot_release(question->old);
		question->old = NULL;
	}
	return question;
}

static void held_take(struct screen *screen, struct context *context,
		      struct question *question)
{
	struct held_state *held = screen->state;
	table_free(held->table);
	held->table = question_table(question);
	held->problem[0] = 0;
	if (!held->table)
		snprintf(held->problem, sizeof held->problem, "%s", question->problem);
	else if (!laid_known(held->table))
		snprintf(held->problem, sizeof held->problem, "%s",
			 "The moment shown has no look for holders: H takes one.");
	question_free(question);
	held_lay(held, context);
}

static uint32_t held_cell(const void *user, size_t at, unsigned part, char *text)
{
	const struct laid *laid = user;
	const struct laid_row *row = &laid->rows[at];
	switch ((enum held_part)part) {
	case KEEPS:
		format_size((double)row->bytes, false, text);
		return STYLE_FIGURE;
	case SHARE:
		format_percent((double)row->bytes, (double)laid->bytes, text);
		return STYLE_TEXT;
	case BLOCKS:
		format_count(row->blocks, text);
		return STYLE_DIM;
	default:
		if (row->own_bytes)
			format_size((double)row->own_bytes, false, text);
		return STYLE_DIM;
	}
}

static void held_draw_name(const void *user, size_t at, struct canvas *canvas,
			   struct area area)
{
	const struct laid *laid = user;
	const struct laid_row *row = &laid->rows[at];
	unsigned in = row->depth * 2, least = area.width / 2;
	in = in < least ? in : least;
	canvas_put(canvas, area.x + in, area.y, 1, STYLE_KEY,
		   !row->parent ? " " : row->open ? "-" : "+");
	if (in + 2 < area.width)
		canvas_put(canvas, area.x + in + 2, area.y, area.width - in - 2,
			   row->depth ? STYLE_FUNCTION : STYLE_TEXT, row->name);
}

static void held_draw(struct screen *screen, const struct context *context,
		      struct canvas *canvas, struct area area)
{
	struct held_state *held = screen->state;
	const struct sheet sheet = {
		.columns = held_columns, .length = HELD_PARTS, .gap = 2,
		.rest = "what alone keeps it alive, by size", .cell = held_cell, .draw = held_draw_name,
		.user = held->laid, .empty = held->problem[0] ? held->problem : NULL,
	};
	(void)context;
	sheet_fit(&held->list, held->laid ? held->laid->length : 0, area);
	sheet_draw(&sheet, &held->list, canvas, area);
}

static const struct laid_row *held_row(const struct held_state *held)
{
	size_t at = held->list.selected;
	return held->laid && at < held->laid->length ? &held->laid->rows[at] : NULL;
}

/* Opens a closed row; from an open one the selection moves to its first child. */
static unsigned held_open(struct held_state *held, struct context *context)
{
	const struct laid_row *row = held_row(held);
	if (!row || !row->parent) {
		context_say(context, false, "this row keeps nothing else alive");
		return REACT_HANDLED;
	}
	if (row->open) {
		list_select(&held->list, held->list.selected + 1);
		return REACT_HANDLED;
	}
	held_choose(held, row->path, true);
	return held_lay(held, context);
}

/* Closes an open row; from a closed one the selection moves to the row that keeps it
 * alive. */
static unsigned held_shut(struct held_state *held, struct context *context)
{
	const struct laid_row *row = held_row(held);
	if (row && row->open) {
		held_choose(held, row->path, false);
		return held_lay(held, context);
	}
	for (size_t i = held->list.selected; row && i-- > 0;)
		if (held->laid->rows[i].depth < row->depth) {
			list_select(&held->list, i);
			break;
		}
	return REACT_HANDLED;
}

static unsigned held_act(struct screen *screen, struct context *context, enum action action,
			 const char *text)
{
	struct held_state *held = screen->state;
	const struct laid_row *row = held_row(held);
	(void)text;
	if (list_move(&held->list, action))
		return REACT_HANDLED;
	switch (action) {
	case ACTION_OPEN:
		return row && row->open ? held_shut(held, context) : held_open(held, context);
	case ACTION_TREE_OPEN:
		return held_open(held, context);
	case ACTION_TREE_CLOSE:
		return held_shut(held, context);
	case ACTION_COPY:
		return row ? context_ask(context, ASK_COPY, 0, row->name) : REACT_HANDLED;
	default:
		return REACT_IGNORED;
	}
}

static unsigned held_click(struct screen *screen, struct context *context, unsigned x,
			   unsigned y)
{
	struct held_state *held = screen->state;
	size_t before = held->list.selected;
	(void)x;
	/* A second click on the selected row opens or closes it. */
	if (sheet_click(&held->list, y) && held->list.selected == before)
		return held_act(screen, context, ACTION_OPEN, "");
	return REACT_HANDLED;
}

const struct screen_ops held_screen = {
	.title = "Held",
	.place = IN_HELD,
	.size = sizeof(struct held_state),
	.close = held_close,
	.ask = held_ask,
	.take = held_take,
	.draw = held_draw,
	.act = held_act,
	.click = held_click,
};
