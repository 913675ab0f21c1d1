/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The drilled-in screen: above, the stacks behind one row as a table of tracebacks that
 * is kept up to date; below, the selected stack, with each frame's source line.
 */
#include <stdio.h>
#include <string.h>
#include "tui/detail/place.h"
#include "tui/screens/drill.h"
#include "tui/screens/grid.h"
#include "tui/screens/screens.h"
#include "tui/detail/sizes.h"
#include "views/format/format.h"
#include "views/format/name.h"

struct stacks {
	struct grid grid;               /* must be the first member: see grid_table */
	struct origin origin;
	unsigned width, table_top, table_height;        /* as drawn last */
};

static void stacks_close(struct screen *screen)
{
	struct stacks *stacks = screen->state;
	grid_close(&stacks->grid);
	origin_free(&stacks->origin);
}

static struct question *stacks_ask(struct screen *screen, struct context *context)
{
	struct stacks *stacks = screen->state;
	struct view like = {.sort = stacks->grid.sort, .reverse = stacks->grid.reverse};
	return grid_seek(&stacks->grid,
			 origin_ask(&stacks->origin, sizeof(struct question), context, &like));
}

static void stacks_take(struct screen *screen, struct context *context,
			struct question *question)
{
	struct stacks *stacks = screen->state;
	(void)context;
	grid_take(&stacks->grid, question);
}

unsigned stacks_open(struct context *context, const struct table *table,
		     const struct row *row)
{
	struct stacks *stacks = context_open(context, &stacks_screen);
	if (!stacks)
		return REACT_HANDLED;
	stacks->grid.sort = table->view.sort;
	stacks->grid.reverse = table->view.reverse;
	return context_opened(context, origin_take(&stacks->origin, table, row));
}

unsigned paths_open(struct context *context, const struct row_frame *frame)
{
	struct stacks *stacks = context_open(context, &stacks_screen);
	if (!stacks)
		return REACT_HANDLED;
	bool raw = context->wishes->raw;
	return context_opened(context, origin_of_frame(&stacks->origin, frame, raw));
}

static void draw_frame(const struct row_frame *frame, struct source_lines *lines,
		       struct canvas *canvas, struct area line)
{
	char text[4096], safe[16384];
	format_safe(frame->function, safe, sizeof safe);
	unsigned third = line.width / 3, name = third;
	const char *tag = line.width < 60   ? ""
			  : frame->inlined  ? "[inlined]"
			  : frame->wrapper ? "[wrapper]"
					    : "";
	name -= tag[0] ? (unsigned)strlen(tag) + 1 : 0;
	format_name(safe, name, canvas->plain, text, sizeof text);
	unsigned taken = canvas_put(canvas, line.x, line.y, name, STYLE_FUNCTION, text);
	if (tag[0])
		canvas_put(canvas, line.x + taken + 1, line.y, third - taken, STYLE_DIM, tag);
	snprintf(text, sizeof text, "%s:%u", frame->file, frame->line);
	format_safe(frame->line ? text : frame->file, safe, sizeof safe);
	place_draw(canvas, line.x + third + 1, line.y, third, canvas->plain, safe);
	unsigned x = 2 * third + 3, room = line.width > x ? line.width - x : 0;
	const struct source_range *range =
		frame->line ? source_lines_get(lines, frame->file, frame->line, 1)
			    : NULL;
	const char *source = range ? range->text[0] : NULL;
	if (!source)
		return;
	format_safe(source + strspn(source, " \t"), safe, sizeof safe);
	canvas_put(canvas, line.x + x, line.y, room, STYLE_SOURCE, safe);
}

static void stacks_draw_preview(const struct stacks *stacks, struct source_lines *source,
				struct canvas *canvas, struct area area)
{
	struct row_frame frames[64];
	const struct row *row = grid_row(&stacks->grid);
	canvas_fill(canvas, (struct area){area.x, area.y, area.width, 1}, STYLE_COLUMN);
	canvas_put(canvas, area.x + 1, area.y, area.width - 1, STYLE_COLUMN,
		   "stack, newest first (Enter: with its source)");
	if (!row)
		return;
	enum cut cut;
	size_t n = table_stack(stacks->grid.table, row, frames, 64, &cut);
	struct stack_item item;
	unsigned y = 1;
	for (size_t i = 0; i < n && y < area.height; i += item.count, y++) {
		struct area line = {area.x + 1, area.y + y, area.width - 1, 1};
		item = (struct stack_item){.first = i};
		item.count = family_run(&frames[i], n - i, &item.family);
		if (y + 1 == area.height && i + item.count < n) {
			canvas_printf(canvas, line.x, line.y, line.width, STYLE_DIM,
				      "%zu more", n - i);
			break;
		}
		if (item.family)
			fold_draw(item.count, item.family, false, canvas->plain, canvas, line);
		else
			draw_frame(&frames[i], source, canvas, line);
	}
	if (cut != CUT_NONE && y < area.height)
		canvas_printf(canvas, area.x + 1, area.y + y, area.width - 1, STYLE_WARNING,
			      "(%s)", cut_text(cut));
}

/* Draws "stacks behind cache.c:42", and what they hold together. */
static void stacks_draw_title(const struct stacks *stacks, struct canvas *canvas,
			      struct area line)
{
	const struct table *table = stacks->grid.table;
	char safe[4096], figures[128] = "";
	if (table)
		figures_text(&table->sum, table->diff, table_size_diff(table), figures,
			     sizeof figures);
	unsigned width = line.width, right = canvas_width_of(figures) + 2;
	if (width >= right + 30) {
		canvas_put_right(canvas, line.x, line.y, width - 1, STYLE_FIGURE, figures);
		width -= right;
	}
	format_safe(stacks->origin.key, safe, sizeof safe);
	unsigned x = canvas_put(canvas, line.x + 1, line.y, width - 1, STYLE_LABEL,
				width < 40			? ""
				: stacks->origin.cumulative ? "stacks through "
								: "stacks behind ");
	place_draw(canvas, line.x + 1 + x, line.y, width - x - 1, canvas->plain, safe);
}

static void stacks_draw(struct screen *screen, const struct context *context,
			struct canvas *canvas, struct area area)
{
	struct stacks *stacks = screen->state;
	const struct table *shown = stacks->grid.table;
	struct area all = area;
	stacks_draw_title(stacks, canvas, area);
	area.y++;
	area.height--;
	if (shown && area.height >= 8) {
		struct area room = {area.x, area.y, area.width, area.height >= 12 ? 2 : 1};
		unsigned taken = sizes_draw(shown->sizes, canvas->plain, canvas, room);
		area.y += taken;
		area.height -= taken;
	}
	size_t rows = shown ? shown->length : 0;
	unsigned table = area.height;
	if (area.height >= 7) {
		table = area.height / 2;
		if (rows + 1 < table)
			table = rows ? (unsigned)rows + 1 : 2;
	}
	stacks->width = area.width;
	stacks->table_top = area.y - all.y;
	stacks->table_height = table;
	grid_draw(&stacks->grid, context, canvas,
		  (struct area){area.x, area.y, area.width, table});
	if (table < area.height)
		stacks_draw_preview(stacks, context->source, canvas,
				    (struct area){ area.x, area.y + table, area.width,
						   area.height - table });
}

static unsigned stacks_act(struct screen *screen, struct context *context,
			   enum action action, const char *text)
{
	struct stacks *stacks = screen->state;
	const struct row *row = grid_row(&stacks->grid);
	if ((action == ACTION_EDIT || action == ACTION_OPEN) && !row)
		return grid_no_row(&stacks->grid, context);
	if (action == ACTION_EDIT && row->frames_length)
		return drill_edit(context, &row->newest);
	if (action == ACTION_OPEN)
		return stack_open(context, stacks->grid.table, row, &stacks->origin);
	return grid_act(&stacks->grid, context, action, text);
}

static unsigned stacks_click(struct screen *screen, struct context *context, unsigned x,
			     unsigned y)
{
	struct stacks *stacks = screen->state;
	if (y < stacks->table_top || y >= stacks->table_top + stacks->table_height)
		return REACT_HANDLED;
	unsigned line = y - stacks->table_top;
	unsigned reaction = grid_click(&stacks->grid, context, stacks->width, x, line);
	bool row = line && list_at(&stacks->grid.list, line - 1) != SIZE_MAX;
	return row && context->click_again ? stacks_act(screen, context, ACTION_OPEN, "")
					   : reaction;
}

const struct screen_ops stacks_screen = {
	.title = "Stacks",
	.place = IN_STACKS,
	.size = sizeof(struct stacks),
	.close = stacks_close,
	.ask = stacks_ask,
	.take = stacks_take,
	.draw = stacks_draw,
	.act = stacks_act,
	.table = grid_table,
	.click = stacks_click,
};
