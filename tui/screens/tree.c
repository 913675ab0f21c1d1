/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Tree tab: who called whom, opened row by row.  What the user opened or closed is
 * remembered by the path of frames, so that it survives every new table.  A row that the
 * user has not touched is open if it holds a tenth of the whole tree.
 */
#include <stdlib.h>
#include <string.h>
#include "tui/screens/drill.h"
#include "tui/screens/grid.h"
#include "tui/screens/screens.h"
#include "views/table/tree.h"

#define ROWS_MOST 100000u               /* rows that are made at a time, at most */

enum choice { CLOSED, OPEN, ALL_OPEN };

struct chosen {
	uint64_t path;
	enum choice choice;
	bool frames;                    /* frames of the folded chain that begins here are
					 * shown */
};

/* What the user opened and closed, and the state while rows are made by it. */
struct choices {
	struct chosen *chosen;          /* sorted by path */
	size_t length;
	const struct table *laying;     /* the table whose rows are being made */
	unsigned all;                   /* meanwhile: the depth below which everything is
					 * open */
};

struct tree {
	struct grid grid;               /* must be the first member: see grid_table */
	struct choices choices;
	unsigned version;               /* of the choices */
	unsigned width;                 /* as drawn last, for the mouse */
};

/* A tree, and which of its rows are open. */
struct tree_question {
	struct question question;
	struct choices choices;         /* as they were when the question was asked */
	unsigned version;
	bool laid;                      /* the answer's rows have been made */
};

static void tree_close(struct screen *screen)
{
	struct tree *tree = screen->state;
	grid_close(&tree->grid);
	free(tree->choices.chosen);
}

/* Where a path is in the list, or would be. */
static size_t tree_place_of(const struct choices *choices, uint64_t path)
{
	size_t low = 0, high = choices->length;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (choices->chosen[middle].path < path)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct chosen *tree_find(const struct choices *choices, uint64_t path)
{
	size_t at = tree_place_of(choices, path);
	return at < choices->length && choices->chosen[at].path == path ? &choices->chosen[at] : NULL;
}

static void choose_tree_way(struct choices *choices, uint64_t path, enum choice choice,
			    bool frames)
{
	size_t at = tree_place_of(choices, path);
	if (at == choices->length || choices->chosen[at].path != path) {
		struct chosen *more =
			realloc(choices->chosen, (choices->length + 1) * sizeof *more);
		if (!more)
			return;
		choices->chosen = more;
		memmove(more + at + 1, more + at, (choices->length - at) * sizeof *more);
		choices->length++;
	}
	choices->chosen[at] = (struct chosen){path, choice, frames};
}

static bool is_heavy(const struct table *table, const struct row *row)
{
	uint64_t size = row->now.size, whole = table->sum.size;
	if (table->diff) {
		size = (uint64_t)llabs(row->size_diff);
		whole = (uint64_t)llabs(table_size_diff(table));
	}
	return size && size >= whole / 10;
}

static bool is_open(void *user, const struct row *row)
{
	struct choices *choices = user;
	const struct chosen *chosen = tree_find(choices, row->path);
	if (row->depth <= choices->all)
		choices->all = 0;
	if (chosen && chosen->choice == ALL_OPEN && !choices->all)
		choices->all = row->depth;
	if (chosen)
		return chosen->choice != CLOSED;
	return choices->all || is_heavy(choices->laying, row);
}

/* Frames of a library are folded to one row until the user asks for them. */
static bool is_folded(void *user, const struct row *row)
{
	const struct choices *choices = user;
	const struct chosen *chosen = tree_find(choices, row->path);
	bool all = (choices->all && row->depth > choices->all) ||
		   (chosen && chosen->choice == ALL_OPEN);
	return !all && !(chosen && chosen->frames);
}

/* Makes the rows.  False: out of memory, or given up. */
static bool lay(struct choices *choices, struct table *table)
{
	choices->all = 0;
	choices->laying = table;
	struct tree_walk walk = tree_walk(table, is_open, choices);
	walk.fold = is_folded;
	return tree_flatten(table, walk, ROWS_MOST);
}

static void say_laid(const struct table *table, bool laid, struct context *context)
{
	if (!laid)
		context_say(context, true, "out of memory");
	else if (table->length == ROWS_MOST)
		context_say(context, false, "only the first %u rows are shown", ROWS_MOST);
}

static void change_frames(struct tree *tree, uint64_t path, enum choice choice, bool frames)
{
	choose_tree_way(&tree->choices, path, choice, frames);
	tree->version++;
}

/* Opens or closes a row, and keeps whether its folded frames are shown. */
static void change(struct tree *tree, uint64_t path, enum choice choice)
{
	const struct chosen *chosen = tree_find(&tree->choices, path);
	change_frames(tree, path, choice, chosen && chosen->frames);
}

/* Makes the rows anew from the choices. */
static unsigned lay_open(struct tree *tree, struct context *context)
{
	struct table *table = tree->grid.table;
	if (!table)
		return REACT_HANDLED;
	say_laid(table, lay(&tree->choices, table), context);
	grid_refresh(&tree->grid);
	return REACT_HANDLED;
}

static void clear_tree(struct question *question)
{
	free(((struct tree_question *)question)->choices.chosen);
}

static void answer_tree(struct question *question)
{
	struct tree_question *asked = (struct tree_question *)question;
	question_build(question);
	if (!question->table)
		return;
	question->table->view.stop = question->view.stop;
	question->table->view.stop_user = question->view.stop_user;
	asked->laid = lay(&asked->choices, question->table);
	question->table->view.stop = NULL;
	question_seek(question);
}

static struct question *tree_ask(struct screen *screen, struct context *context)
{
	const struct tree *tree = screen->state;
	struct view view = grid_view(&tree->grid, context, BY_TREE);
	struct question *question =
		question_new(sizeof(struct tree_question), context, &view);
	struct tree_question *asked = (struct tree_question *)question;
	size_t bytes = tree->choices.length * sizeof *tree->choices.chosen;
	if (!grid_seek(&tree->grid, question))
		return NULL;
	question->answer = answer_tree;
	question->clear = clear_tree;
	asked->version = tree->version;
	asked->choices.chosen = malloc(bytes + 1);
	if (!asked->choices.chosen) {
		question_free(question);
		return NULL;
	}
	if (bytes)
		memcpy(asked->choices.chosen, tree->choices.chosen, bytes);
	asked->choices.length = tree->choices.length;
	return question;
}

static void tree_take(struct screen *screen, struct context *context, struct question *question)
{
	struct tree *tree = screen->state;
	const struct tree_question *asked = (struct tree_question *)question;
	grid_take(&tree->grid, question);
	if (!tree->grid.table)
		context_say(context, true, "%s", tree->grid.problem);
	else if (asked->version != tree->version)
		lay_open(tree, context);
	else
		say_laid(tree->grid.table, asked->laid, context);
}

static void tree_draw(struct screen *screen, const struct context *context,
		      struct canvas *canvas, struct area area)
{
	struct tree *tree = screen->state;
	tree->width = area.width;
	grid_draw_explained(&tree->grid, context, canvas, area);
}

/* Opens a row, and those below it down to the first one with several children. */
static unsigned open_node(struct tree *tree, struct context *context, enum choice choice)
{
	size_t at = tree->grid.list.selected;
	const struct row *row = grid_row(&tree->grid);
	if (!row || !row->children) {
		context_say(context, false, "there is nothing beneath this row");
		return REACT_HANDLED;
	}
	change(tree, row->path, choice);
	lay_open(tree, context);
	const struct table *table = tree->grid.table;
	for (; choice == OPEN && at + 1 < table->length; at++) {
		const struct row *above = table_row(table, at), *next = table_row(table, at + 1);
		if (above->children != 1 || next->open || next->children == 0 ||
		    tree_find(&tree->choices, next->path))
			break;
		change(tree, next->path, OPEN);
		lay_open(tree, context);
	}
	return REACT_HANDLED;
}

static unsigned close_node(struct tree *tree, struct context *context)
{
	size_t at = tree->grid.list.selected;
	const struct row *row = grid_row(&tree->grid);
	const struct chosen *chosen = row ? tree_find(&tree->choices, row->path) : NULL;
	if (chosen && chosen->frames) {
		change_frames(tree, row->path, chosen->choice, false);
		return lay_open(tree, context);
	}
	if (row && row->open) {
		change(tree, row->path, CLOSED);
		return lay_open(tree, context);
	}
	/* For a closed row, selects the row above it in the tree. */
	for (size_t i = at; row && i-- > 0;)
		if (table_row(tree->grid.table, i)->depth < row->depth) {
			grid_choose(&tree->grid, i);
			break;
		}
	return REACT_HANDLED;
}

static unsigned all_beneath(struct tree *tree, struct context *context)
{
	const struct row *row = grid_row(&tree->grid);
	const struct chosen *chosen = row ? tree_find(&tree->choices, row->path) : NULL;
	bool all = chosen && chosen->choice == ALL_OPEN;
	/* Rows that were closed beneath it are opened too. */
	size_t kept = 0;
	struct choices *choices = &tree->choices;
	for (size_t i = 0; i < choices->length; i++)
		if (choices->chosen[i].choice != CLOSED)
			choices->chosen[kept++] = choices->chosen[i];
	choices->length = kept;
	return open_node(tree, context, all ? OPEN : ALL_OPEN);
}

static unsigned to_stacks(struct tree *tree, struct context *context)
{
	const struct row *row = grid_row(&tree->grid);
	return row ? stacks_open(context, tree->grid.table, row)
		   : grid_no_row(&tree->grid, context);
}

static unsigned tree_act(struct screen *screen, struct context *context,
			 enum action action, const char *text)
{
	struct tree *tree = screen->state;
	const struct row *row = grid_row(&tree->grid);
	switch (action) {
	case ACTION_OPEN:
		return to_stacks(tree, context);
	case ACTION_TREE_ALL:
		return all_beneath(tree, context);
	case ACTION_TREE_CLOSE:
		return close_node(tree, context);
	case ACTION_TREE_OPEN:
		if (row && row->open && row->folded) {
			change_frames(tree, row->path, OPEN, true);
			return lay_open(tree, context);
		}
		if (row && row->open)
			return grid_act(&tree->grid, context, ACTION_DOWN, text);
		return open_node(tree, context, OPEN);
	case ACTION_CUMULATIVE:
		context_say(context, false, "a tree is cumulative as it is: rows hold what their "
			    "callees allocated");
		return REACT_HANDLED;
	case ACTION_EDIT:
		return row ? drill_edit(context, &row->newest) : REACT_HANDLED;
	default:
		return grid_act(&tree->grid, context, action, text);
	}
}

static unsigned tree_click(struct screen *screen, struct context *context, unsigned x,
			   unsigned y)
{
	struct tree *tree = screen->state;
	size_t before = tree->grid.list.selected;
	bool chosen = tree->grid.chosen;
	unsigned reaction = grid_click(&tree->grid, context, tree->width, x, y);
	const struct row *row = grid_row(&tree->grid);
	/* A second click on the selected row opens or closes it. */
	if (y && chosen && row && before == tree->grid.list.selected &&
	    list_at(&tree->grid.list, y - 1) == before)
		return row->open ? close_node(tree, context)
				 : open_node(tree, context, OPEN);
	return reaction;
}

const struct screen_ops tree_screen = {
	.title = "Tree",
	.place = IN_TREE,
	.size = sizeof(struct tree),
	.close = tree_close,
	.ask = tree_ask,
	.take = tree_take,
	.draw = tree_draw,
	.act = tree_act,
	.table = grid_table,
	.click = tree_click,
};
