/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One whole stack, newest frame first, with a window of source around each
 * frame.  A frame takes one line for its name and `around * 2 + 1` for source
 * where there is some; the selection is a frame, the scroll is in lines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/screens/drill.h"
#include "tui/screens/grid.h"
#include "tui/screens/screens.h"
#include "views/format.h"

#define FRAMES_MOST 65535u

struct stack {
	struct stack_lines *lines;
	struct list list;               /* of frames */
	char figures[160];              /* what the stack held when it was opened */
};

static void stack_close(struct screen *screen)
{
	struct stack *stack = screen->state;
	stack_lines_free(stack->lines);
}

static struct stack_lines *copy_stack(const struct table *table, const struct row *row)
{
	/* Most stacks are short: look into a small array first. */
	struct row_frame few[64];
	bool cut = false;
	size_t n = table_stack(table, row, few, 64, &cut);
	if (n < 64)
		return stack_lines_new(few, n, cut);
	struct row_frame *frames = calloc(FRAMES_MOST, sizeof *frames);
	if (!frames)
		return NULL;
	n = table_stack(table, row, frames, FRAMES_MOST, &cut);
	struct stack_lines *lines = stack_lines_new(frames, n, cut);
	free(frames);
	return lines;
}

int stack_open(struct screen *screen, struct context *context, const struct table *table,
	       const struct row *row)
{
	struct stack_lines *lines = copy_stack(table, row);
	if (!lines || screen_open(screen, &stack_screen, 0, context)) {
		stack_lines_free(lines);
		context_say(context, true, "out of memory");
		return -1;
	}
	struct stack *stack = screen->state;
	char size[FORMAT_MAX], count[FORMAT_MAX], diff[FORMAT_MAX];
	stack->lines = lines;
	stack->list.length = stack_lines_length(lines);
	format_size((double)row->now.size, false, size);
	format_count(row->now.count, count);
	format_size((double)row->size_diff, true, diff);
	snprintf(stack->figures, sizeof stack->figures, "%s in %s block%s%s%s%s", size,
		 count, row->now.count == 1 ? "" : "s", table->diff ? " (" : "",
		 table->diff ? diff : "", table->diff ? ")" : "");
	return 0;
}

unsigned drill_edit(struct context *context, const struct row_frame *frame)
{
	if (!frame->line) {
		context_say(context, true,
			    "no line is known here: there is no debug information");
		return REACT_HANDLED;
	}
	context->ask = ASK_EDIT;
	snprintf(context->ask_text, sizeof context->ask_text, "%s", frame->file);
	context->ask_line = frame->line;
	return REACT_HANDLED | REACT_DESK;
}

static bool has_source(const struct context *context, const struct row_frame *frame)
{
	char text[512];
	return frame->line && context->source &&
	       context->source(context->source_user, frame->file, frame->line, text,
			       sizeof text) >= 0;
}

static void draw_name(const struct context *context, const struct row_frame *frame,
		      size_t i, bool selected, struct canvas *canvas, struct area line)
{
	char text[4096], safe[4096];
	unsigned x =
		canvas_printf(canvas, line.x, line.y, line.width, STYLE_DIM, "%3zu ", i);
	unsigned room = line.width - x;
	format_safe(frame->function, safe, sizeof safe);
	format_fit(safe, room / 2, context->ascii, text, sizeof text);
	x += canvas_put(canvas, line.x + x, line.y, room / 2, STYLE_FUNCTION, text) + 2;
	if (frame->inlined || frame->wrapper)
		x += canvas_put(canvas, line.x + x, line.y, line.width - x, STYLE_DIM,
				frame->inlined ? "[inlined]  " : "[wrapper]  ");
	snprintf(text, sizeof text, "%.3800s:%u", frame->file, frame->line);
	format_safe(frame->line ? text : frame->file, safe, sizeof safe);
	if (x < line.width)
		x += grid_location(canvas, line.x + x, line.y, line.width - x,
				   context->ascii, safe);
	if (x + 2 < line.width && frame->line) {
		format_safe(frame->module, safe, sizeof safe);
		canvas_put(canvas, line.x + x + 2, line.y, line.width - x - 2, STYLE_DIM,
			   safe);
	}
	if (selected)
		canvas_restyle(canvas, line, STYLE_SELECTED);
}

/* Tabs as four columns: source is read here, not lined up. */
static void expand_tabs(const char *text, char *out, size_t size)
{
	size_t n = 0;
	for (; *text && n + 5 < size; text++) {
		if (*text != '\t')
			out[n++] = *text;
		else
			do
				out[n++] = ' ';
			while (n % 4);
	}
	out[n] = 0;
}

/* The source lines around a frame into at most `height` lines; how many. */
static unsigned draw_source(const struct context *context, const struct row_frame *frame,
			    unsigned around, struct canvas *canvas, struct area area)
{
	char text[512], wide[1024], safe[2048];
	unsigned drawn = 0;
	unsigned first = frame->line > around ? frame->line - around : 1;
	for (unsigned n = first; n <= frame->line + around && drawn < area.height; n++) {
		if (context->source(context->source_user, frame->file, n, text,
				    sizeof text) < 0)
			continue;
		uint32_t style = n == frame->line ? STYLE_SOURCE_AT : STYLE_SOURCE;
		unsigned y = area.y + drawn++;
		expand_tabs(text, wide, sizeof wide);
		format_safe(wide, safe, sizeof safe);
		unsigned x = canvas_printf(canvas, area.x, y, area.width,
					   n == frame->line ? STYLE_MARK : STYLE_LINE,
					   "%6u %s ", n, n == frame->line ? ">" : " ");
		canvas_put(canvas, area.x + x, y, area.width - x, style, safe);
	}
	return drawn;
}

/* The first frame to draw so that the selected one and its source are seen. */
static size_t first_frame(const struct stack *stack, unsigned each, unsigned height)
{
	size_t fit = height / each ? height / each : 1;
	size_t top = stack->list.top;
	if (stack->list.selected < top)
		top = stack->list.selected;
	if (stack->list.selected >= top + fit)
		top = stack->list.selected - fit + 1;
	return top;
}

static void stack_draw(struct screen *screen, const struct context *context,
		       struct canvas *canvas, struct area area)
{
	struct stack *stack = screen->state;
	size_t n = stack_lines_length(stack->lines);
	unsigned around = area.height >= 14 ? 2 : area.height >= 8 ? 1 : 0;
	canvas_fill(canvas, (struct area){area.x, area.y, area.width, 1}, STYLE_COLUMN);
	canvas_printf(canvas, area.x, area.y, area.width, STYLE_COLUMN,
		      " stack of %zu frame%s%s, newest first   %s", n, n == 1 ? "" : "s",
		      stack_lines_cut(stack->lines) ? " (cut)" : "", stack->figures);
	stack->list.height = area.height;
	stack->list.top = first_frame(stack, around * 2 + 2, area.height - 1);
	unsigned y = 1;
	for (size_t i = stack->list.top; i < n && y < area.height; i++) {
		const struct row_frame *frame = stack_lines_frame(stack->lines, i);
		draw_name(context, frame, i, i == stack->list.selected, canvas,
			  (struct area){area.x, area.y + y, area.width, 1});
		y++;
		if (has_source(context, frame))
			y += draw_source(context, frame, around, canvas,
					 (struct area){area.x, area.y + y, area.width,
						       area.height - y});
	}
}

static unsigned stack_act(struct screen *screen, struct context *context,
			  enum action action, const char *text)
{
	struct stack *stack = screen->state;
	(void)text;
	size_t top = stack->list.top;
	if (list_move(&stack->list, action)) {
		stack->list.top =
			top; /* in frames with their source: the drawing knows */
		return REACT_HANDLED;
	}
	if (action == ACTION_EDIT && stack->list.length)
		return drill_edit(context,
				  stack_lines_frame(stack->lines, stack->list.selected));
	return REACT_IGNORED;
}

const struct screen_ops stack_screen = {
	.title = "Stack",
	.place = IN_STACK,
	.size = sizeof(struct stack),
	.close = stack_close,
	.draw = stack_draw,
	.act = stack_act,
};
