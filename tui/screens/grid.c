/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The state of a table on the screen.  The selection is a row, not a line: it is
 * remembered by key and trace, and found again in every new table.  Until the user moves
 * it, it stays on the first line, so that the row that holds the most is selected.
 */
#include "tui/screens/grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "views/format/format.h"

#define MEASURED 100u                   /* rows whose locations are measured */
#define NEAR_ROWS 20000u                /* looked at while a key waits: about 20 ms */

void grid_close(struct grid *grid)
{
	question_free(grid->answered);
	free(grid->key);
	free(grid->began.key);
	table_search_end(&grid->search);
	*grid = (struct grid){0};
}

struct view grid_view(const struct grid *grid, const struct context *context,
		      enum view_key by)
{
	const struct wishes *wishes = context->wishes;
	const struct shown_heaps *shown = context->shown;
	return (struct view){
		.by = by,
		.cumulative = wishes->cumulative && view_key_get(by)->of == OF_FRAME,
		.raw = wishes->raw,
		.mine = &wishes->mine,
		.inverted = wishes->inverted,
		.filters = &wishes->active,
		.sort = grid->sort,
		.reverse = grid->reverse,
		.before = shown->old ? NULL : shown->before,
		.same_run = true,
		.members = true,
	};
}

const struct table *grid_table(const struct screen *screen)
{
	const struct grid *grid = screen->state;
	return grid->table;
}

const struct row *grid_row(const struct grid *grid)
{
	if (!grid->table || grid->list.selected >= grid->table->length)
		return NULL;
	return table_row(grid->table, grid->list.selected);
}

unsigned grid_no_row(const struct grid *grid, struct context *context)
{
	context_say(context, true, "%s",
		    grid->table	       ? "there is no row to open"
		    : grid->problem[0] ? grid->problem
				       : "the table is not ready yet: wait a moment");
	return REACT_HANDLED;
}

static void grid_remember(struct grid *grid)
{
	const struct row *row = grid_row(grid);
	free(grid->key);
	grid->key = row ? strdup(row->key) : NULL;
	grid->trace = row ? row->trace : (struct trace_id){0};
	grid->path = row ? row->path : 0;
}

/* Finds the remembered row, but only among the rows near it, since the desk is
 * waiting. */
static size_t find_again(const struct grid *grid)
{
	const struct row_place place = {grid->key, grid->trace, grid->path};
	return row_place_find(&place, grid->table, grid->list.selected, NEAR_ROWS / 2);
}

struct question *grid_seek(const struct grid *grid, struct question *question)
{
	if (!question || !grid->chosen || !grid->key)
		return question;
	question->sought = (struct row_place){strdup(grid->key), grid->trace, grid->path};
	question->sought_from = grid->list.selected;
	return question;
}

/* Whether the selection has not moved since the question was asked. */
static bool is_sought(const struct grid *grid, const struct row_place *sought)
{
	return sought->key && grid->key && !strcmp(sought->key, grid->key) &&
	       sought->path == grid->path && sought->trace.v == grid->trace.v;
}

/* The width only grows, so that columns do not come and go with the rows. */
static void grid_measure(struct grid *grid)
{
	for (size_t i = 0; i < MEASURED && i < grid->table->length; i++) {
		const struct row *row = table_row(grid->table, i);
		unsigned cells = format_width(row->key) + 3 * row->indent;
		if (row->frames_length && row->newest.line)
			cells += 2 + format_width(row->newest.function);
		grid->need = cells > grid->need ? cells : grid->need;
	}
}

static void grid_show(struct grid *grid, size_t again)
{
	const struct table *table = grid->table;
	grid->list.length = table->length;
	grid_measure(grid);
	list_fit(&grid->list, table->length, grid->list.height);
	list_select(&grid->list, again == SIZE_MAX ? grid->list.selected : again);
	if (again != SIZE_MAX || !table->length)
		grid_remember(grid);
}

void grid_take(struct grid *grid, struct question *question)
{
	/* A search goes over the new table from its beginning. */
	table_search_end(&grid->search);
	question_free(grid->answered);
	grid->answered = question;
	grid->table = question->table;
	snprintf(grid->problem, sizeof grid->problem, "%s", question->problem);
	if (!grid->table)
		list_fit(&grid->list, 0, grid->list.height);
	else if (grid->chosen && is_sought(grid, &question->sought))
		grid_show(grid, question->found);
	else
		grid_refresh(grid);
}

void grid_refresh(struct grid *grid)
{
	grid_show(grid, grid->chosen ? find_again(grid) : 0);
}

bool grid_follow(struct grid *grid, const char *key)
{
	for (size_t i = 0; grid->table && i < grid->table->length && i < NEAR_ROWS; i++)
		if (!strcmp(table_row(grid->table, i)->key, key)) {
			list_select(&grid->list, i);
			grid->chosen = true;
			grid_remember(grid);
			return true;
		}
	return false;
}

/* Says that no row has the text: at the prompt if it is still being typed. */
static void grid_missed(const struct grid *grid, struct context *context)
{
	struct search *search = &context->wishes->search;
	search->missed = grid->typing;
	if (!grid->typing)
		context_say(context, true, "no row has \"%.200s\"", search->text);
}

/* Searches the next rows, and selects the one that has the text.  If there are others, the desk
 * goes on with them between the keys. */
static unsigned search_slice(struct grid *grid, struct context *context)
{
	struct search *search = &context->wishes->search;
	bool begins = !grid->search.begun, went_on = search->goes_on;
	grid->search.text = search->text;
	if (begins)
		grid->search.from = grid->list.selected;
	size_t found = grid->table ? table_search(grid->table, &grid->search, search->slice)
				   : SIZE_MAX;
	search->goes_on = grid->table && found == SIZE_MAX && !grid->search.over;
	if (search->goes_on && !went_on && !grid->typing)
		context_say(context, false, "searching for \"%.180s\": Esc gives it up",
			    search->text);
	if (search->goes_on)
		return went_on ? REACT_IGNORED : REACT_HANDLED;
	table_search_end(&grid->search);
	if (went_on && !grid->typing)
		context->foot->text[0] = 0;
	if (found == SIZE_MAX)
		grid_missed(grid, context);
	else
		grid_choose(grid, found);
	return REACT_HANDLED;
}

static unsigned search_begin(struct grid *grid, struct context *context, bool before,
			     bool here)
{
	context->wishes->search.goes_on = false;
	if (!context->wishes->search.text[0]) {
		context_say(context, true, "nothing to search for: / asks");
		return REACT_HANDLED;
	}
	table_search_end(&grid->search);
	grid->search.before = before;
	grid->search.here = here;
	return search_slice(grid, context);
}

/* Restores the selection from before the typing began. */
static void grid_search_back(struct grid *grid)
{
	const struct grid_place *began = &grid->began;
	free(grid->key);
	grid->key = began->key ? strdup(began->key) : NULL;
	grid->trace = began->trace;
	grid->path = began->path;
	grid->chosen = began->chosen;
	if (grid->table)
		grid_refresh(grid);
}

static void search_remember(struct grid *grid)
{
	struct grid_place *began = &grid->began;
	free(began->key);
	*began = (struct grid_place){.key = grid->key ? strdup(grid->key) : NULL,
				     .trace = grid->trace,
				     .path = grid->path,
				     .chosen = grid->chosen};
}

/* While a text is typed, each state of it is searched for from where the typing began. */
static unsigned search_step(struct grid *grid, struct context *context)
{
	const struct search *search = &context->wishes->search;
	if (search->step == SEARCH_GOES_ON)
		return search_slice(grid, context);
	grid->typing = search->step == SEARCH_TYPED;
	if (search->step == SEARCH_GIVEN)
		return search_begin(grid, context, false, true);
	if (search->step == SEARCH_BEGINS)
		search_remember(grid);
	else
		grid_search_back(grid);
	return grid->typing && search->text[0] ? search_begin(grid, context, false, true)
					       : REACT_HANDLED;
}

static bool sortable(const struct grid *grid, enum column_id id)
{
	const struct column *column = column_get(id);
	return column && grid->table && column_shown(column, grid->table) &&
	       column_known(column, grid->table);
}

/* Sorts by the next column to the left or right; past the ends is the default order. */
static unsigned sort_step(struct grid *grid, struct context *context, int step)
{
	int id = (int)grid->sort;
	do {
		id = (id + step + COLUMNS) % COLUMNS;
	} while (id != COLUMN_DEFAULT && !sortable(grid, (enum column_id)id));
	grid->sort = (enum column_id)id;
	const struct column *column = column_get(grid->sort);
	if (column)
		context_say(context, false, "sorted by %s", column->name);
	else
		context_say(context, false, "sorted in the default order");
	return REACT_HANDLED | REACT_REBUILD;
}

static unsigned sort_by(struct grid *grid, struct context *context, const char *word)
{
	const struct column *column = column_find(word);
	/* Before the first table it is not known which figures there will be; a column
	 * that turns out to be missing leaves the default order. */
	if (column && (!grid->table || sortable(grid, column->id))) {
		grid->sort = column->id;
		context_say(context, false, "sorted by %s", column->name);
		return REACT_HANDLED | REACT_REBUILD;
	}
	if (!strcmp(word, "default")) {
		grid->sort = COLUMN_DEFAULT;
		return REACT_HANDLED | REACT_REBUILD;
	}
	context_say(context, true,
		    !column			 ? "no column is named \"%.100s\""
		    : column->needs == NEEDS_DIFF ? "%s is a column of diffs: press d first"
		    : column->needs == NEEDS_TREE ? "%s is a column of the tree: press 7 first"
		    : column->needs == NEEDS_RETAINED
			    ? "%s: only a look for holders finds it: press H"
		    : column->needs == NEEDS_LOOK
			    ? "%s: no look was taken at this moment: press L"
		    : grid->table && !column_known(column, grid->table)
			    ? "%s: a moment of the history does not have it; go to a snapshot, or sort "
			      "by another column"
						  : "%s: there is no such figure here",
		    column ? column->name : word);
	return REACT_HANDLED;
}

static unsigned scroll_by(struct grid *grid, int cells)
{
	if (cells < 0 && grid->scroll < (unsigned)-cells)
		grid->scroll = 0;
	else
		grid->scroll = (unsigned)((int)grid->scroll + cells);
	return REACT_HANDLED;
}

/* Copies the row's location, or the stack of its heaviest trace. */
static unsigned copy_row(const struct grid *grid, struct context *context, bool stack)
{
	const struct row *row = grid_row(grid);
	struct row_frame frames[64];
	char text[ASK_TEXT];
	if (!row)
		return grid_no_row(grid, context);
	if (stack)
		return context_copy(context, frames,
				    table_stack(grid->table, row, frames, 64, NULL));
	format_safe(row->key, text, sizeof text);
	return context_ask(context, ASK_COPY, 0, text);
}

unsigned grid_act(struct grid *grid, struct context *context, enum action action,
		  const char *text)
{
	if (list_move(&grid->list, action)) {
		grid->chosen = action != ACTION_HOME;
		grid_remember(grid);
		return REACT_HANDLED;
	}
	switch (action) {
	case ACTION_COPY:
	case ACTION_COPY_STACK:
		return copy_row(grid, context, action == ACTION_COPY_STACK);
	case ACTION_LEFT:
		return scroll_by(grid, -8);
	case ACTION_RIGHT:
		return scroll_by(grid, 8);
	case ACTION_SEARCH:
		return search_step(grid, context);
	case ACTION_SEARCH_NEXT:
	case ACTION_SEARCH_BEFORE:
		grid->typing = false;
		return search_begin(grid, context, action == ACTION_SEARCH_BEFORE, false);
	case ACTION_SORT_LEFT:
	case ACTION_SORT_RIGHT:
		return sort_step(grid, context, action == ACTION_SORT_LEFT ? -1 : 1);
	case ACTION_SORT:
		return sort_by(grid, context, text);
	case ACTION_REVERSE:
		grid->reverse = !grid->reverse;
		return REACT_HANDLED | REACT_REBUILD;
	default:
		return REACT_IGNORED;
	}
}

void grid_choose(struct grid *grid, size_t index)
{
	list_select(&grid->list, index);
	grid->chosen = true;
	grid_remember(grid);
}
