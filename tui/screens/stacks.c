/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Drilled in: above, the stacks behind one row as a table of tracebacks that
 * goes on living; below, the selected stack, each frame with its source line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/screens/drill.h"
#include "tui/screens/grid.h"
#include "tui/screens/screens.h"
#include "views/format.h"
#include "views/tree.h"

struct stacks {
	struct grid grid;
	enum view_key by;               /* of the table that the row stood in */
	char *key;                      /* the row */
	uint64_t *path;                 /* of a tree: those from the top down to the row */
	size_t depth;
	unsigned width, table_height;   /* as drawn last */
};

static void stacks_close(struct screen *screen)
{
	struct stacks *stacks = screen->state;
	grid_close(&stacks->grid);
	free(stacks->key);
	free(stacks->path);
}

static bool leads_there(void *user, const struct row *row)
{
	const struct stacks *stacks = user;
	return row->depth <= stacks->depth && row->path == stacks->path[row->depth - 1];
}

static const struct row *find_row(struct stacks *stacks, struct table *table)
{
	bool tree = stacks->by == BY_TREE;
	if (tree && !tree_flatten(table, leads_there, stacks, SIZE_MAX))
		return NULL;
	for (size_t i = 0; i < table->length; i++) {
		const struct row *row = &table->rows[i];
		if (tree ? row->depth == stacks->depth && leads_there(stacks, row)
			 : !strcmp(row->key, stacks->key))
			return row;
	}
	return NULL;
}

/* The path to a row of a tree: the rows above it that it hangs from. */
static bool take_path(struct stacks *stacks, const struct table *table,
		      const struct row *row)
{
	stacks->depth = row->depth;
	stacks->path = calloc(row->depth + 1, sizeof *stacks->path);
	if (!stacks->path)
		return false;
	for (unsigned depth = row->depth; depth; row--) {
		if (row->depth == depth)
			stacks->path[--depth] = row->path;
		if (row == table->rows)
			break;
	}
	return true;
}

static void stacks_tick(struct screen *screen, struct context *context)
{
	struct stacks *stacks = screen->state;
	char problem[256];
	if (!context->now)
		return;
	struct grid plain = {0};
	struct view view = grid_view(&plain, context, stacks->by);
	struct table *table = table_build(&view, context->now, context->old, problem);
	const struct row *row = table ? find_row(stacks, table) : NULL;
	if (row) {
		table->view.sort = stacks->grid.sort;
		table->view.reverse = stacks->grid.reverse;
		grid_take(&stacks->grid, table_drill(table, row, stacks->grid.problem));
	}
	table_free(table);
}

int stacks_open(struct screen *screen, struct context *context, const struct table *table,
		const struct row *row)
{
	char *key = strdup(row->key);
	if (!key || screen_open(screen, &stacks_screen, 0, context)) {
		free(key);
		context_say(context, true, "out of memory");
		return -1;
	}
	struct stacks *stacks = screen->state;
	stacks->by = table->view.by;
	stacks->key = key;
	stacks->grid.sort = table->view.sort;
	stacks->grid.reverse = table->view.reverse;
	if (stacks->by == BY_TREE && !take_path(stacks, table, row)) {
		screen_close(screen);
		context_say(context, true, "out of memory");
		return -1;
	}
	grid_take(&stacks->grid, table_drill(table, row, stacks->grid.problem));
	return 0;
}

static void draw_frame(const struct row_frame *frame, const struct context *context,
		       struct canvas *canvas, struct area line)
{
	char text[2048], safe[4096], source[512];
	format_safe(frame->function, safe, sizeof safe);
	unsigned third = line.width / 3;
	format_fit(safe, third, context->ascii, text, sizeof text);
	canvas_put(canvas, line.x, line.y, third, STYLE_FUNCTION, text);
	snprintf(text, sizeof text, "%s:%u", frame->file, frame->line);
	format_safe(frame->line ? text : frame->file, safe, sizeof safe);
	grid_location(canvas, line.x + third + 1, line.y, third, context->ascii, safe);
	unsigned x = 2 * third + 3, room = line.width > x ? line.width - x : 0;
	if (!frame->line || !context->source ||
	    context->source(context->source_user, frame->file, frame->line, source,
			    sizeof source) < 0)
		return;
	format_safe(source + strspn(source, " \t"), safe, sizeof safe);
	canvas_put(canvas, line.x + x, line.y, room, STYLE_SOURCE, safe);
}

static void draw_preview(const struct stacks *stacks, const struct context *context,
			 struct canvas *canvas, struct area area)
{
	struct row_frame frames[64];
	const struct row *row = grid_row(&stacks->grid);
	bool cut = false;
	canvas_fill(canvas, (struct area){area.x, area.y, area.width, 1}, STYLE_COLUMN);
	canvas_put(canvas, area.x + 1, area.y, area.width - 1, STYLE_COLUMN,
		   "stack, newest first (Enter: with its source)");
	if (!row)
		return;
	size_t n = table_stack(stacks->grid.table, row, frames, 64, &cut);
	for (size_t i = 0; i < n && i + 1 < area.height; i++) {
		unsigned y = area.y + 1 + (unsigned)i;
		if (i + 2 == area.height && i + 1 < n) {
			canvas_printf(canvas, area.x + 1, y, area.width - 1, STYLE_DIM,
				      "%zu more", n - i);
			break;
		}
		draw_frame(&frames[i], context, canvas,
			   (struct area){area.x + 1, y, area.width - 1, 1});
	}
}

static void stacks_draw(struct screen *screen, const struct context *context,
			struct canvas *canvas, struct area area)
{
	struct stacks *stacks = screen->state;
	char safe[4096];
	format_safe(stacks->key, safe, sizeof safe);
	unsigned x = canvas_put(canvas, area.x, area.y, area.width, STYLE_LABEL,
				area.width >= 40 ? "stacks behind " : "");
	grid_location(canvas, area.x + x, area.y, area.width - x, context->ascii, safe);
	area.y++;
	area.height--;
	size_t rows = stacks->grid.table ? stacks->grid.table->length : 0;
	unsigned table = area.height;
	if (area.height >= 7) {
		table = area.height / 2;
		if (rows + 1 < table)
			table = rows ? (unsigned)rows + 1 : 2;
	}
	stacks->width = area.width;
	stacks->table_height = table;
	grid_draw(&stacks->grid, context, canvas,
		  (struct area){area.x, area.y, area.width, table});
	if (table < area.height)
		draw_preview(stacks, context, canvas,
			     (struct area){area.x, area.y + table, area.width,
					   area.height - table});
}

static unsigned stacks_act(struct screen *screen, struct context *context,
			   enum action action, const char *text)
{
	struct stacks *stacks = screen->state;
	const struct row *row = grid_row(&stacks->grid);
	if (action == ACTION_EDIT && row && row->frames_length)
		return drill_edit(context, &row->newest);
	if (action == ACTION_OPEN && row)
		return stack_open(&context->next, context, stacks->grid.table, row)
			       ? REACT_HANDLED
			       : REACT_HANDLED | REACT_OPEN;
	return grid_act(&stacks->grid, context, action, text);
}

static unsigned stacks_click(struct screen *screen, struct context *context, unsigned x,
			     unsigned y)
{
	struct stacks *stacks = screen->state;
	if (!y || y > stacks->table_height)
		return REACT_HANDLED;
	return grid_click(&stacks->grid, context, stacks->width, x, y - 1);
}

static const struct table *stacks_table(const struct screen *screen)
{
	const struct stacks *stacks = screen->state;
	return stacks->grid.table;
}

const struct screen_ops stacks_screen = {
	.title = "Stacks",
	.place = IN_STACKS,
	.size = sizeof(struct stacks),
	.close = stacks_close,
	.tick = stacks_tick,
	.draw = stacks_draw,
	.act = stacks_act,
	.table = stacks_table,
	.click = stacks_click,
};
