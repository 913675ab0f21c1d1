/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One whole stack, newest frame first, with some lines of source around each frame.  A
 * frame takes one line for its name and `around * 2 + 1` lines for its source if there is
 * any; frames of a library fold to one line.  The selection is an item.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/detail/place.h"
#include "tui/handover/handover.h"
#include "tui/screens/drill.h"
#include "tui/screens/grid.h"
#include "tui/screens/screens.h"
#include "tui/detail/sizes.h"
#include "views/format/format.h"
#include "views/format/name.h"

#define FRAMES_MOST 65535u

/* Facts that have to be counted, which takes time. */
struct facts {
	uint64_t sizes[SIZE_CLASSES];
	float births[GROWTH_BINS];
	double until;                   /* end of the births' time; 0: they are not
					 * known */
	size_t paths;                   /* stacks at its line, including itself; 0: not
					 * counted yet */
	uint64_t paths_size, size;      /* bytes of those stacks, and its own */
};

struct stack {
	struct stack_lines *lines;
	struct list list;               /* of items */
	struct origin origin;           /* the stacks that it is one of */
	struct trace_id trace;
	bool from_old;
	char figures[160];              /* what it holds */
	char line[4096];                /* where it allocates */
	struct facts facts;
};

/* Asks for the stacks that a stack is one of, and for its place among them. */
struct stack_question {
	struct question question;
	struct trace_id trace;
	bool from_old;
	size_t row;                     /* the answer: its row; SIZE_MAX: it is not
					 * there */
	struct facts facts;
};

static void stack_close(struct screen *screen)
{
	struct stack *stack = screen->state;
	stack_lines_free(stack->lines);
	origin_free(&stack->origin);
}

static struct stack_lines *copy_stack(const struct table *table, const struct row *row,
				      const struct stack_lines *before)
{
	/* Most stacks are short, so a small array is tried first. */
	struct row_frame few[64];
	enum cut cut;
	size_t n = table_stack(table, row, few, 64, &cut);
	if (n < 64)
		return stack_lines_new(few, n, cut, before);
	struct row_frame *frames = calloc(FRAMES_MOST, sizeof *frames);
	if (!frames)
		return NULL;
	n = table_stack(table, row, frames, FRAMES_MOST, &cut);
	struct stack_lines *lines = stack_lines_new(frames, n, cut, before);
	free(frames);
	return lines;
}

void figures_text(const struct figures *figures, bool diff, int64_t size_diff, char *text,
		  size_t size)
{
	char bytes[FORMAT_MAX], count[FORMAT_MAX], more[FORMAT_MAX];
	format_size((double)figures->size, false, bytes);
	format_count(figures->count, count);
	format_size((double)size_diff, true, more);
	snprintf(text, size, "%s in %s block%s%s%s%s", bytes, count,
		 format_s(figures->count), diff ? " (" : "", diff ? more : "",
		 diff ? ")" : "");
}

/* Counts the other stacks that allocate on its line. */
static void count_paths(struct facts *facts, const struct table *table, const struct row *row)
{
	facts->size = row->now.size;
	for (size_t i = 0; i < table->length; i++) {
		struct row other;
		table_read(table, i, &other);
		if (strcmp(other.key, row->key))
			continue;
		facts->paths++;
		facts->paths_size += other.now.size;
	}
}

/* If the row is a thread or a domain, only some of the stack's blocks belong to it, and
 * those have not been counted by size. */
static void count_sizes(struct facts *facts, struct question *question, const struct row *row)
{
	char problem[256];
	bool part = view_key_get(question->origin.by)->of == OF_ROW;
	struct table *alone = part ? NULL : table_drill(question->table, row, problem);
	if (alone) {
		memcpy(facts->sizes, alone->sizes, sizeof facts->sizes);
		memcpy(facts->births, alone->births, sizeof facts->births);
		facts->until = alone->births_at;
	}
	table_free(alone);
}

/* Gives the list its number of items, and keeps its top. */
static void fit_items(struct stack *stack)
{
	size_t top = stack->list.top;
	list_fit(&stack->list, stack_lines_items(stack->lines),
		 stack->list.height ? stack->list.height : 1);
	stack->list.top = top;
}

/* Takes the stack from a row again, since names may have been found since. */
static bool take_row(struct stack *stack, const struct table *table, const struct row *row)
{
	struct stack_lines *lines = copy_stack(table, row, stack->lines);
	if (!lines)
		return false;
	stack_lines_free(stack->lines);
	stack->lines = lines;
	stack->trace = row->trace;
	stack->from_old = row->from_old;
	fit_items(stack);
	figures_text(&row->now, table->diff, row->size_diff, stack->figures,
		     sizeof stack->figures);
	snprintf(stack->line, sizeof stack->line, "%s", row->key);
	return true;
}

static void answer_stack(struct question *question)
{
	struct stack_question *asked = (struct stack_question *)question;
	struct row row;
	origin_answer(question);
	const struct table *table = question->table;
	for (size_t i = 0; table && i < table->length && asked->row == SIZE_MAX; i++) {
		table_read(table, i, &row);
		if (row.trace.v == asked->trace.v && row.from_old == asked->from_old)
			asked->row = i;
	}
	if (asked->row == SIZE_MAX)
		return;
	count_paths(&asked->facts, table, &row);
	count_sizes(&asked->facts, question, &row);
}

static struct question *stack_ask(struct screen *screen, struct context *context)
{
	struct stack *stack = screen->state;
	struct view like = {0};
	struct question *question =
		origin_ask(&stack->origin, sizeof(struct stack_question), context, &like);
	struct stack_question *asked = (struct stack_question *)question;
	if (!question)
		return NULL;
	question->answer = answer_stack;
	asked->trace = stack->trace;
	asked->from_old = stack->from_old;
	asked->row = SIZE_MAX;
	return question;
}

/* If the stack is gone, what was known of it stays on the screen. */
static void stack_take(struct screen *screen, struct context *context,
		       struct question *question)
{
	struct stack *stack = screen->state;
	const struct stack_question *asked = (struct stack_question *)question;
	(void)context;
	if (asked->row != SIZE_MAX &&
	    take_row(stack, question->table, table_row(question->table, asked->row)))
		stack->facts = asked->facts;
	question_free(question);
}

/* Selects a frame that explains something, if there is one. */
static void select_frame(struct stack *stack)
{
	size_t i = 0, n = stack_lines_items(stack->lines);
	while (i < n && stack_lines_item(stack->lines, i).family)
		i++;
	list_select(&stack->list, i < n ? i : 0);
	stack->list.top = 0;
}

unsigned stack_open(struct context *context, const struct table *table,
		    const struct row *row, const struct origin *origin)
{
	struct stack *stack = context_open(context, &stack_screen);
	if (!stack)
		return REACT_HANDLED;
	bool known = origin ? origin_copy(&stack->origin, origin)
			    : origin_take(&stack->origin, table, NULL);
	known = known && take_row(stack, table, row);
	if (known) {
		select_frame(stack);
		/* The stack is certain to be in this snapshot, so the first question is
		 * about it. */
		stack->origin.now = snapshot_retain(table->now);
		stack->origin.old = table->old ? snapshot_retain(table->old) : NULL;
	}
	return context_opened(context, known);
}

unsigned drill_edit(struct context *context, const struct row_frame *frame)
{
	if (!frame->line) {
		context_say(context, true,
			    "no line is known here: there is no debug information");
		return REACT_HANDLED;
	}
	return context_ask(context, ASK_EDIT, frame->line, frame->file);
}

static void stack_draw_name(const struct row_frame *frame, size_t i, bool selected,
			    bool ascii, struct canvas *canvas, struct area line)
{
	char text[4096], safe[16384];
	unsigned x =
		canvas_printf(canvas, line.x, line.y, line.width, STYLE_DIM, "%3zu ", i);
	/* In a narrow window the name takes the whole line, and its source is beneath. */
	unsigned room = line.width - x, name = line.width < 40 ? room : room / 2;
	format_safe(frame->function, safe, sizeof safe);
	format_name(safe, name, ascii, text, sizeof text);
	x += canvas_put(canvas, line.x + x, line.y, name, STYLE_FUNCTION, text) + 2;
	if ((frame->inlined || frame->wrapper) && x + 20 < line.width)
		x += canvas_put(canvas, line.x + x, line.y, line.width - x, STYLE_DIM,
				frame->inlined ? "[inlined]  " : "[wrapper]  ");
	snprintf(text, sizeof text, "%.3800s:%u", frame->file, frame->line);
	format_safe(frame->line ? text : frame->file, safe, sizeof safe);
	if (x < line.width) {
		unsigned taken = place_draw(canvas, line.x + x, line.y, line.width - x,
					    ascii, safe);
		if (frame->line)
			canvas_link(canvas, (struct area){line.x + x, line.y, taken, 1},
				    frame->file, frame->line);
		x += taken;
	}
	format_safe(frame->module, safe, sizeof safe);
	if (frame->line && x + 2 + canvas_width_of(safe) <= line.width)
		canvas_put(canvas, line.x + x + 2, line.y, line.width - x - 2, STYLE_DIM,
			   safe);
	if (selected)
		canvas_restyle(canvas, line, STYLE_SELECTED);
}

/* Says why frames are missing at one end of the stack.  Returns the lines taken. */
static unsigned draw_cut(const struct stack *stack, bool newer, struct canvas *canvas,
			 struct area line)
{
	enum cut cut = stack_lines_cut(stack->lines);
	if (cut == CUT_NONE || (cut == CUT_FULL) != newer)
		return 0;
	canvas_printf(canvas, line.x, line.y, line.width, STYLE_WARNING, "    (%s)",
		      cut_text(cut));
	return 1;
}

/* The first item to draw so that the selected one and its source are in sight. */
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

static void stack_draw_title(const struct stack *stack, struct canvas *canvas,
			     struct area line)
{
	size_t n = stack_lines_length(stack->lines);
	char text[96];
	unsigned right = canvas_width_of(stack->figures) + 1;
	canvas_fill(canvas, line, STYLE_COLUMN);
	snprintf(text, sizeof text, " stack of %zu frame%s%s, newest first", n,
		 format_s(n), stack_lines_cut(stack->lines) ? " (cut)" : "");
	if (line.width < strlen(text) + right + 2)
		snprintf(text, sizeof text, " %zu frame%s%s", n, format_s(n),
			 stack_lines_cut(stack->lines) ? " (cut)" : "");
	unsigned x = canvas_put(canvas, line.x, line.y, line.width, STYLE_COLUMN, text);
	if (x + right + 2 <= line.width)
		canvas_put_right(canvas, line.x, line.y, line.width - 1, STYLE_COLUMN_SORTED,
				 stack->figures);
}

/* "one of 3 stacks at cache.c:42, 71.2 % of its bytes" */
static void draw_paths(const struct stack *stack, bool ascii,
		       struct canvas *canvas, struct area line)
{
	const struct facts *facts = &stack->facts;
	char text[128], safe[4096], share[FORMAT_MAX];
	if (facts->paths < 2)
		snprintf(text, sizeof text, facts->paths ? "the only stack at "
							  : "a stack at ");
	else
		snprintf(text, sizeof text, "one of %zu stacks at ", facts->paths);
	unsigned x = 1 + canvas_put(canvas, line.x + 1, line.y, line.width - 1, STYLE_LABEL,
				    text);
	text[0] = 0;
	format_percent((double)facts->size, (double)facts->paths_size, share);
	if (facts->paths > 1)
		snprintf(text, sizeof text, "  %s %% of its bytes", share);
	unsigned right = canvas_width_of(text);
	format_safe(stack->line, safe, sizeof safe);
	if (x + right + 12 > line.width)
		right = 0;
	x += place_draw(canvas, line.x + x, line.y, line.width - x - right,
			   ascii, safe);
	if (right)
		canvas_put(canvas, line.x + x, line.y, right, STYLE_TEXT, text);
}

/* Draws what is known of the stack as a whole.  Returns the lines taken. */
static unsigned draw_head(const struct stack *stack, struct canvas *canvas,
			  struct area area)
{
	stack_draw_title(stack, canvas, (struct area){area.x, area.y, area.width, 1});
	unsigned y = 1;
	if (area.height < 9)
		return y;
	struct area line = {area.x, area.y + y, area.width, area.height >= 14 ? 2 : 1};
	y += sizes_draw(stack->facts.sizes, canvas->plain, canvas, line);
	line.y = area.y + y;
	if (area.height >= 12)
		y += ages_draw(stack->facts.births, stack->facts.until, canvas->plain, canvas,
			       line);
	draw_paths(stack, canvas->plain, canvas,
		   (struct area){area.x, area.y + y, area.width, 1});
	return y + 1;
}

/* Draws an item, with its source if it is a frame.  Returns the lines taken. */
static unsigned draw_item(const struct stack *stack, struct source_lines *source, size_t i,
			  unsigned around, struct canvas *canvas, struct area area)
{
	struct stack_item item = stack_lines_item(stack->lines, i);
	const struct row_frame *frame = stack_lines_frame(stack->lines, item.first);
	struct area line = {area.x, area.y, area.width, 1};
	bool selected = i == stack->list.selected;
	if (!item.family) {
		stack_draw_name(frame, item.first, selected, canvas->plain, canvas, line);
		area.y++;
		area.height--;
		return 1 + source_draw(source, frame, around, canvas, area);
	}
	unsigned x = canvas_printf(canvas, line.x, line.y, line.width, STYLE_DIM, "%3zu ",
				   item.first);
	fold_draw(item.count, item.family, item.open, canvas->plain, canvas,
		  (struct area){line.x + x, line.y, line.width - x, 1});
	if (selected)
		canvas_restyle(canvas, line, STYLE_SELECTED);
	return 1;
}

static void stack_draw(struct screen *screen, const struct context *context,
		       struct canvas *canvas, struct area area)
{
	struct stack *stack = screen->state;
	size_t n = stack_lines_items(stack->lines);
	unsigned around = area.height >= 14 ? 2 : area.height >= 8 ? 1 : 0;
	unsigned y = draw_head(stack, canvas, area);
	stack->list.height = area.height;
	stack->list.top = first_frame(stack, around * 2 + 2, area.height - y);
	size_t i = stack->list.top;
	if (i == 0)
		y += draw_cut(stack, true, canvas,
			      (struct area){area.x, area.y + y, area.width, 1});
	for (; i < n && y < area.height; i++)
		y += draw_item(stack, context->source, i, around, canvas,
			       (struct area){area.x, area.y + y, area.width, area.height - y});
	if (i == n && y < area.height)
		draw_cut(stack, false, canvas,
			 (struct area){area.x, area.y + y, area.width, 1});
}

/* Copies the place of one frame. */
static unsigned copy_place(struct context *context, const struct row_frame *frame)
{
	char text[ASK_TEXT];
	handover_place(frame, text, sizeof text);
	return context_ask(context, ASK_COPY, 0, text);
}

/* Handles an action on a fold, or on a frame within an open one.  Returns the reaction,
 * or 0 if it is not such an action. */
static unsigned act_on_fold(struct stack *stack, struct context *context, enum action action,
			    const struct stack_item *item)
{
	size_t at = stack->list.selected, fold = stack_lines_fold(stack->lines, at);
	bool open = action == ACTION_TREE_OPEN || (action == ACTION_OPEN && !item->open);
	if (action == ACTION_TREE_ALL) {
		bool opened = stack_lines_open_all(stack->lines);
		context_say(context, false, opened ? "all frames" : "libraries are one line each");
	} else if (action == ACTION_EDIT && item->family) {
		context_say(context, true, "this line stands for %zu frames: Enter shows them",
			    item->count);
		return REACT_HANDLED;
	} else if (action == ACTION_TREE_OPEN || action == ACTION_TREE_CLOSE ||
		   (action == ACTION_OPEN && item->family)) {
		if (fold == SIZE_MAX)
			return REACT_HANDLED;
		stack_lines_open(stack->lines, fold, open);
		at = open ? at : fold;
	} else {
		return 0;
	}
	fit_items(stack);
	list_select(&stack->list, at);
	return REACT_HANDLED;
}

static unsigned stack_act(struct screen *screen, struct context *context,
			  enum action action, const char *text)
{
	struct stack *stack = screen->state;
	(void)text;
	size_t top = stack->list.top;
	if (list_move(&stack->list, action)) {
		stack->list.top =
			top; /* the drawing sets it, since it knows how many frames fit
			      * with their source */
		return REACT_HANDLED;
	}
	if (!stack->list.length)
		return REACT_IGNORED;
	struct stack_item item = stack_lines_item(stack->lines, stack->list.selected);
	const struct row_frame *frame = stack_lines_frame(stack->lines, item.first);
	unsigned folded = act_on_fold(stack, context, action, &item);
	if (folded)
		return folded;
	if (action == ACTION_COPY)
		return copy_place(context, frame);
	if (action == ACTION_COPY_STACK)
		return context_copy(context, stack_lines_frame(stack->lines, 0),
				    stack_lines_length(stack->lines));
	if (action == ACTION_EDIT)
		return drill_edit(context, frame);
	if (action == ACTION_OPEN)
		return paths_open(context, frame);
	return REACT_IGNORED;
}

const struct screen_ops stack_screen = {
	.title = "Stack",
	.place = IN_STACK,
	.size = sizeof(struct stack),
	.close = stack_close,
	.ask = stack_ask,
	.take = stack_take,
	.draw = stack_draw,
	.act = stack_act,
};
