/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole picture: header, gauges, timeline, tabs, the screen on top, and the foot.  In
 * a low window the parts that are needed least are left out first: the timeline, then the
 * second line of gauges, then the gauges.
 */
#include <stdio.h>
#include <string.h>
#include "tui/screens/screens.h"
#include "views/format/format.h"

#define MESSAGE_LINES 3u
#define FOOT_GAP 4u                     /* cells between a message and the keys */
#define FOOT_LOW 12u                    /* height of a window from which on keys have
					 * their own line */

struct layout layout_of(const struct run_facts *run, const struct timeline *timeline,
			const struct screen_ops *top, unsigned width, unsigned height)
{
	bool pane = top == &output_screen;
	/* A run whose RSS is known gets a line that explains it, if there is room. */
	bool explains = !run->recording && !run->fixed_clock;
	unsigned gauges = pane ? height >= 12 : height >= 30 && explains ? 3 : height >= 12 ? 2 : height >= 9;
	gauges += gauges > 1 && run->arenas;
	/* Points are taken by the clock, so with a fixed clock there is no curve. */
	unsigned rows = run->fixed_clock || pane ? 0 : timeline_rows(timeline, height);
	struct layout layout = {.header = {0, 0, width, height >= 4}};
	unsigned y = layout.header.height;
	layout.gauges = (struct area){0, y, width, gauges};
	layout.timeline = (struct area){0, y + gauges, width, rows};
	y += gauges + rows;
	layout.tabs = (struct area){0, y, width, height >= 3};
	y += layout.tabs.height;
	unsigned foot = height >= 2;
	layout.foot = (struct area){0, height - foot, width, foot};
	layout.body = (struct area){0, y, width, height - foot - y};
	return layout;
}

/* The ways to write the titles, from the longest on: the first one is used that fits
 * whichever tab is active.  The active tab's title is always written in full. */
static const struct tab_writing {
	const char *format;
	bool brief;                     /* the title's shorter form */
	int letters;                    /* letters of a title, at most */
} writings[] = {
	{" %c %.*s ", false, 99},
	{" %c %.*s", false, 99},
	{" %c%.*s", false, 99},
	{" %c%.*s", true, 99},
	{" %c%.*s", true, 4},
	{" %c%.*s", true, 3},
	{"%c%.*s", true, 0},
};
#define WRITINGS (sizeof writings / sizeof *writings)

static unsigned write_tab(size_t writing, unsigned i, unsigned active, char *text,
			  size_t size)
{
	const struct tab *tab = tab_get(i);
	const struct tab_writing *how = &writings[writing];
	bool spaced = writing < 2 || writing + 1 == WRITINGS;
	if (i == active)
		snprintf(text, size, " %c%s%s ", tab->digit, spaced ? " " : "", tab->title);
	else
		snprintf(text, size, how->format, tab->digit, how->letters,
			 how->brief ? tab->brief : tab->title);
	return (unsigned)strlen(text);
}

static size_t tab_writing(unsigned width)
{
	char text[64];
	for (size_t writing = 0; writing + 1 < WRITINGS; writing++) {
		unsigned most = 0;
		for (unsigned active = 0; active < TABS; active++) {
			unsigned sum = 0;
			for (unsigned i = 0; i < TABS; i++)
				sum += write_tab(writing, i, active, text, sizeof text);
			most = sum > most ? sum : most;
		}
		if (most <= width)
			return writing;
	}
	return WRITINGS - 1;
}

/* The last tab, Output, has a star while the target seems to ask for something there. */
static void tabs_draw(bool asks, unsigned active, struct canvas *canvas,
		      struct area area)
{
	char text[64];
	unsigned x = 0;
	size_t writing = tab_writing(area.width);
	canvas_fill(canvas, area, STYLE_TAB);
	for (unsigned i = 0; i < TABS && x < area.width; i++) {
		write_tab(writing, i, active, text, sizeof text);
		x += canvas_put(canvas, area.x + x, area.y, area.width - x,
				i == active ? STYLE_TAB_ACTIVE : STYLE_TAB, text);
	}
	size_t length = strlen(text);
	x -= length && text[length - 1] == ' ';
	if (asks && x < area.width)
		canvas_put(canvas, area.x + x, area.y, 1, STYLE_WARNING, "*");
}

unsigned tabs_at(unsigned width, unsigned active, unsigned x)
{
	char text[64];
	unsigned end = 0;
	size_t writing = tab_writing(width);
	for (unsigned i = 0; i < TABS; i++) {
		end += write_tab(writing, i, active, text, sizeof text);
		if (x < end)
			return i;
	}
	return TABS;
}

/* The most useful keys of each screen; their texts are those of the table of actions. */
static const struct hint {
	unsigned places;
	enum action action;
	const char *word;
} hints[] = {
	{IN_QUIT, ACTION_QUIT_KILL, "kill"},
	{IN_QUIT, ACTION_QUIT_LEAVE, "leave"},
	{IN_QUIT, ACTION_QUIT_DETACH, "detach"},
	{IN_QUIT | IN_STACKS | IN_STACK | IN_HELP | IN_FILTERS | IN_PROCESSES | IN_HELD,
	 ACTION_BACK,
	 "back"},
	{IN_TABLE | IN_TREE | IN_STACKS | IN_STACK, ACTION_NOW, "back to now"},
	{IN_FILTERS, ACTION_FILTER_TOGGLE, "on/off"},
	{IN_FILTERS, ACTION_FILTER_ADD, "add"},
	{IN_FILTERS, ACTION_FILTER_EDIT, "edit"},
	{IN_FILTERS, ACTION_FILTER_NAME, "name"},
	{IN_FILTERS, ACTION_FILTER_DELETE, "delete"},
	{IN_FILTERS, ACTION_FILTERS_SAVE, "save"},
	{IN_FILTERS, ACTION_FILTER_UP, "up"},
	{IN_TREE | IN_HELD, ACTION_TREE_OPEN, "open"},
	{IN_TREE | IN_HELD, ACTION_TREE_CLOSE, "close"},
	{IN_TREE, ACTION_TREE_ALL, "all"},
	{IN_TABLE | IN_TREE, ACTION_OPEN, "stacks"},
	{IN_TREE, ACTION_INVERTED, "invert"},
	{IN_STACKS, ACTION_OPEN, "source"},
	{IN_STACK, ACTION_OPEN, "stacks through it"},
	{IN_STACK, ACTION_EDIT, "edit"},
	{IN_STACK, ACTION_TREE_ALL, "all frames"},
	{IN_SNAPSHOTS, ACTION_OPEN, "compare with it"},
	{IN_PROCESSES, ACTION_OPEN, "show its figures"},
	{IN_OUTPUT, ACTION_FOCUS, "give it the keys"},
	{IN_TABLE | IN_SNAPSHOTS | IN_STACKS, ACTION_SNAPSHOT, "snapshot"},
	{IN_TABLE | IN_TREE | IN_STACKS, ACTION_DIFF, "diff"},
	{IN_TABLE | IN_TREE | IN_STACKS, ACTION_FILTER, "filter"},
	{IN_TABLE, ACTION_SEARCH, "search"},
	{IN_TABLE | IN_STACKS, ACTION_FREEZE, "freeze"},
	{IN_ALL & ~IN_QUIT, ACTION_HELP, "help"},
	{IN_ALL & ~IN_QUIT, ACTION_QUIT, "quit"},
};
#define HINTS (sizeof hints / sizeof *hints)
#define HINTS_KEPT 2u                   /* the last ones: how to learn more and how to get
					 * out */
#define HINTS_WIDE 50u                  /* least width of a window that has hints */

/* Whether a hint makes sense now.  After the end of the run there is nothing left to take
 * a snapshot of, to freeze, or to type keys to; only a cursor in the past can be left; and
 * what was attached to is detached from. */
static bool hint_means(enum action action, const struct context *context)
{
	const struct program *program = context->run->program;
	if (action == ACTION_NOW)
		return context->travel->at.heap;
	if (action == ACTION_QUIT_LEAVE || action == ACTION_QUIT_DETACH)
		return (program && program->attached) == (action == ACTION_QUIT_DETACH);
	bool ends = action == ACTION_SNAPSHOT || action == ACTION_FREEZE ||
		    action == ACTION_FOCUS;
	return context->run->gauges.live || !ends;
}

static const char *hint_word(const struct hint *hint, const struct context *context)
{
	bool ended = hint->action == ACTION_NOW && !context->run->gauges.live;
	return ended ? "to the end" : hint->word;
}

static unsigned hint_width(const struct hint *hint, unsigned place,
			   const struct context *context)
{
	char key[16];
	action_key(hint->action, key);
	if (!(hint->places & place) || !hint_means(hint->action, context))
		return 0;
	return canvas_width_of(key) + (unsigned)strlen(hint_word(hint, context)) + 3;
}

/* The width of the last hints, which every screen has. */
static unsigned kept_width(unsigned place, const struct context *context)
{
	unsigned kept = 0;
	for (size_t i = HINTS - HINTS_KEPT; i < HINTS; i++)
		kept += hint_width(&hints[i], place, context);
	return kept;
}

/* Draws as many hints as fit; room is always kept for the last ones. */
static void draw_hints(unsigned place, const struct context *context, struct canvas *canvas,
		       struct area area)
{
	unsigned x = area.x + 1, end = area.x + area.width;
	unsigned kept = canvas->width >= HINTS_WIDE ? kept_width(place, context) : 0;
	for (size_t i = 0; i < HINTS; i++) {
		char key[16];
		unsigned width = hint_width(&hints[i], place, context);
		if (i == HINTS - HINTS_KEPT)
			kept = 0;
		if (!width)
			continue;
		if (x + width + kept > end) {
			i = kept ? HINTS - HINTS_KEPT - 1 : HINTS;
			continue;
		}
		action_key(hints[i].action, key);
		x += canvas_put(canvas, x, area.y, 16, STYLE_KEY, key) + 1;
		x += canvas_put(canvas, x, area.y, 32, STYLE_DIM,
				hint_word(&hints[i], context)) + 2;
	}
}

/* Draws a message.  If it is too long for the foot, it grows upwards, over what is
 * there. */
static void draw_message(const char *text, uint32_t style, struct canvas *canvas,
			 struct area foot)
{
	const char *lines[MESSAGE_LINES];
	size_t lengths[MESSAGE_LINES];
	unsigned n = 0, cells = foot.width > 1 ? foot.width - 1 : 1;
	char part[1024];
	for (; *text && n < MESSAGE_LINES && n <= foot.y; n++) {
		lines[n] = text;
		lengths[n] = canvas_line_length(text, cells);
		text += lengths[n];
		text += strspn(text, " ");
	}
	for (unsigned i = 0; i < n; i++) {
		struct area line = {foot.x, foot.y - (n - 1 - i), foot.width, 1};
		canvas_fill(canvas, line, STYLE_TEXT);
		snprintf(part, sizeof part, "%.*s", (int)lengths[i], lines[i]);
		canvas_put(canvas, line.x + 1, line.y, cells, style, part);
	}
}

/* Draws the keys in the part of the foot that is left. */
static void draw_keys(const struct screen *top, const struct context *context,
		      struct canvas *canvas, struct area area)
{
	if (context->output->focus)
		canvas_put(canvas, area.x + 1, area.y, area.width, STYLE_DIM,
			   "every key goes to the program; C-] gives them back");
	else
		draw_hints(top->ops->place, context, canvas, area);
}

/* A message is to the left of the keys, or in the lines above them if it needs the whole
 * width; in a low window it replaces them until the next key. */
static void draw_foot(const struct screen *top, const struct context *context,
		      struct canvas *canvas, struct area area)
{
	char safe[1024];
	if (!area.height)
		return;
	canvas_fill(canvas, area, STYLE_TEXT);
	if (!context->foot->text[0]) {
		draw_keys(top, context, canvas, area);
		return;
	}
	format_safe(context->foot->text, safe, sizeof safe);
	unsigned taken = canvas_width_of(safe) + FOOT_GAP;
	unsigned kept = context->output->focus
				? area.width
				: kept_width(top->ops->place, context);
	bool beside = taken + kept + 1 <= area.width;
	bool above = !beside && canvas->height >= FOOT_LOW;
	struct area line = area;
	line.y -= above;
	draw_message(safe, context->foot->error ? STYLE_ERROR : STYLE_TEXT, canvas, line);
	if (beside)
		area = (struct area){area.x + taken, area.y, area.width - taken, area.height};
	if (beside || above)
		draw_keys(top, context, canvas, area);
}

void frame_draw(struct screen *top, const struct context *context, unsigned tab,
		struct canvas *canvas)
{
	struct layout layout = layout_of(context->run, &context->travel->timeline, top->ops,
					 canvas->width, canvas->height);
	canvas_clear(canvas);
	if (layout.header.height)
		header_draw(context, canvas, layout.header);
	gauges_draw(context->run, context->travel, canvas, layout.gauges);
	timeline_draw(&context->travel->timeline, canvas, layout.timeline);
	if (layout.tabs.height)
		tabs_draw(context->output->asks, tab, canvas, layout.tabs);
	if (layout.body.height)
		top->ops->draw(top, context, canvas, layout.body);
	draw_foot(top, context, canvas, layout.foot);
}
