/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of processes: all together, then each beneath the one that started it,
 * in the order in which they came.  Enter chooses whose figures the tabs show.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/base/list.h"
#include "tui/screens/screens.h"
#include "views/format.h"
#include "views/tree.h"

/* A process in the tree of who started whom; SIZE_MAX: none. */
struct member {
	size_t parent, first, last, next;       /* first and last child, next sibling */
};

struct line {
	uint32_t place;                 /* as in context->process */
	struct row at;                  /* where in the tree, for tree_prefix */
};

struct processes {
	struct list list;
	struct line *lines;             /* the rows */
	size_t length, known;           /* of them; of processes that they are made of */
	bool moved;                     /* before, the chosen one is selected */
};

/* What a row shows, in the order in which it stands; the least needed goes
 * first where the window is narrow. */
enum part { PID, STATE, CURRENT, PEAK, BLOCKS, STARTED, PARTS };
static const struct {
	const char *title;
	unsigned width, least;          /* cells with the gap; of the window */
	bool left;
} parts[PARTS] = {
	[PID] = {"pid", 9, 0, false},
	[STATE] = {"state", 12, 62, true},
	[CURRENT] = {"current", 11, 0, false},
	[PEAK] = {"peak", 11, 46, false},
	[BLOCKS] = {"blocks", 13, 74, false},
	[STARTED] = {"started", 10, 90, true},
};

/* One process needs no sum. */
static bool has_sum(const struct context *context)
{
	return context->program && context->program->processes_length > 1;
}

static const struct process *process_of(const struct context *context, uint32_t place)
{
	return place ? &context->program->processes[place - 1] : NULL;
}

static const struct totals *figures_of(const struct context *context, uint32_t place)
{
	return place < context->kin_length && context->kin[place].known
		       ? &context->kin[place].totals
		       : NULL;
}

/* Who started it; that was there before. */
static size_t parent_of(const struct program *program, const struct member *members, size_t at)
{
	const struct process *all = program->processes;
	if (at > 1 && all[at].ppid == all[at - 1].ppid)
		return members[at - 1].parent;
	for (size_t i = at; i-- > 0;)
		if (all[i].pid == all[at].ppid)
			return i;
	return SIZE_MAX;
}

static void add_child(struct member *members, size_t parent, size_t child)
{
	if (parent == SIZE_MAX)
		return;
	if (members[parent].first == SIZE_MAX)
		members[parent].first = child;
	else
		members[members[parent].last].next = child;
	members[parent].last = child;
}

/* A root and all beneath it: a child before a sibling. */
static void add_lines(struct processes *processes, const struct member *members, size_t root)
{
	uint16_t depth = 0;
	for (size_t at = root; at != SIZE_MAX;) {
		processes->lines[processes->length++] = 
			(struct line){(uint32_t)at + 1, {.indent = depth, .fork = true}};
		if (members[at].first != SIZE_MAX) {
			at = members[at].first;
			depth++;
			continue;
		}
		while (at != root && members[at].next == SIZE_MAX) {
			at = members[at].parent;
			depth--;
		}
		at = at == root ? SIZE_MAX : members[at].next;
	}
}

static void link_all(const struct program *program, struct member *members)
{
	for (size_t i = 0; i < program->processes_length; i++) {
		members[i] = (struct member){SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
		members[i].parent = parent_of(program, members, i);
		add_child(members, members[i].parent, i);
	}
}

/* From below: which levels have a sibling still to come. */
static void draw_guides(struct processes *processes)
{
	uint64_t later = 0;
	for (size_t i = processes->length; i-- > 0;) {
		struct row *at = &processes->lines[i].at;
		uint64_t bit = at->indent < 64 ? UINT64_C(1) << at->indent : 0;
		at->guides = later;
		later = (later & (bit - 1)) | bit;
	}
}

/* Processes only ever come: the rows are those of as many as were there. */
static void lay_out(struct processes *processes, const struct context *context)
{
	const struct program *program = context->program;
	size_t n = program ? program->processes_length : 0;
	if (n == processes->known)
		return;
	struct line *lines = realloc(processes->lines, (n + 1) * sizeof *lines);
	struct member *members = malloc(n * sizeof *members);
	processes->lines = lines ? lines : processes->lines;
	if (lines && members) {
		processes->length = 0;
		processes->known = n;
		if (has_sum(context))
			lines[processes->length++] = (struct line){0};
		link_all(program, members);
		for (size_t i = 0; i < n; i++)
			if (members[i].parent == SIZE_MAX)
				add_lines(processes, members, i);
		draw_guides(processes);
	}
	free(members);
}

static const char *state_of(const struct context *context, const struct process *process)
{
	if (!process)
		return "";
	if (!process->traced)
		return "not traced";
	return process->ended > 0 || !context->gauges.live ? "ended" : "running";
}

static uint32_t part_text(const struct context *context, uint32_t place, enum part part,
			  char text[FORMAT_MAX])
{
	const struct process *process = process_of(context, place);
	const struct totals *totals = figures_of(context, place);
	text[0] = 0;
	switch (part) {
	case PID:
		if (process)
			snprintf(text, FORMAT_MAX, "%d", (int)process->pid);
		else
			snprintf(text, FORMAT_MAX, "all");
		return STYLE_MARK;
	case STATE:
		snprintf(text, FORMAT_MAX, "%s", state_of(context, process));
		return STYLE_DIM;
	case CURRENT:
		if (totals)
			format_size((double)totals->current, false, text);
		return STYLE_TEXT;
	case PEAK:
		if (totals)
			format_size((double)totals->peak_ever, false, text);
		return STYLE_TEXT;
	case BLOCKS:
		if (totals)
			format_count(totals->blocks, text);
		return STYLE_DIM;
	default:
		if (process)
			format_clock(context_clock(context) ? process->began : 0, text);
		return STYLE_DIM;
	}
}

/* The command without its folder, indented beneath who started it. */
static void draw_command(const struct context *context, const struct line *line,
			 struct canvas *canvas, unsigned x, unsigned y, unsigned room)
{
	const struct process *process = process_of(context, line->place);
	char raw[1024], safe[4096], guides[512];
	unsigned in = tree_prefix(&line->at, room / 6, context->ascii, guides, sizeof guides);
	size_t length = 0;
	if (!process) {
		snprintf(raw, sizeof raw, "%zu processes together",
			 context->program->processes_length);
		canvas_put(canvas, x, y, room, STYLE_TEXT, raw);
		return;
	}
	canvas_put(canvas, x, y, room, STYLE_DIM, guides);
	x += in;
	room -= in;
	raw[0] = 0;
	for (int i = 0; i < process->argc && length < sizeof raw; i++) {
		const char *slash = i ? NULL : strrchr(process->argv[i], '/');
		length += (size_t)snprintf(raw + length, sizeof raw - length, "%s%s", i ? " " : "",
					   slash ? slash + 1 : process->argv[i]);
	}
	format_safe(raw[0] ? raw : "?", safe, sizeof safe);
	canvas_put(canvas, x, y, room, process->traced ? STYLE_FUNCTION : STYLE_DIM, safe);
}

static void draw_row(const struct context *context, const struct line *line,
		     struct canvas *canvas, struct area area)
{
	uint32_t place = line->place;
	char text[FORMAT_MAX];
	unsigned x = 0;
	if (place == context->process)
		canvas_put(canvas, area.x, area.y, 2, STYLE_KEY, context->ascii ? " *" : " ●");
	for (enum part part = 0; part < PARTS; part++) {
		unsigned width = parts[part].width;
		if (area.width < parts[part].least)
			continue;
		uint32_t style = part_text(context, place, part, text);
		if (parts[part].left)
			canvas_put(canvas, area.x + x + 2, area.y, width - 2, style, text);
		else
			canvas_put_right(canvas, area.x + x + 2, area.y, width - 2, style, text);
		x += width;
	}
	if (area.width > x + 2)
		draw_command(context, line, canvas, area.x + x + 2, area.y, area.width - x - 2);
}

static void draw_title(struct canvas *canvas, struct area area)
{
	unsigned x = 0;
	canvas_fill(canvas, (struct area){area.x, area.y, area.width, 1}, STYLE_COLUMN);
	for (enum part part = 0; part < PARTS; part++) {
		unsigned width = parts[part].width;
		if (area.width < parts[part].least)
			continue;
		if (parts[part].left)
			canvas_put(canvas, area.x + x + 2, area.y, width - 2, STYLE_COLUMN,
				   parts[part].title);
		else
			canvas_put_right(canvas, area.x + x + 2, area.y, width - 2, STYLE_COLUMN,
					 parts[part].title);
		x += width;
	}
	if (area.width > x + 2)
		canvas_put(canvas, area.x + x + 2, area.y, area.width - x - 2, STYLE_COLUMN,
			   "command");
}

static void processes_draw(struct screen *screen, const struct context *context,
			   struct canvas *canvas, struct area area)
{
	struct processes *processes = screen->state;
	struct list *list = &processes->list;
	size_t row = 0;
	uint32_t selected = context->process;
	/* The selection follows its process when others came between. */
	if (processes->moved && list->selected < processes->length)
		selected = processes->lines[list->selected].place;
	lay_out(processes, context);
	list_fit(list, processes->length, area.height > 1 ? area.height - 1 : 1);
	while (row < processes->length && processes->lines[row].place != selected)
		row++;
	list_select(list, row);
	draw_title(canvas, area);
	for (unsigned y = 0; y + 1 < area.height; y++) {
		row = list_at(list, y);
		if (row == SIZE_MAX)
			break;
		struct area line = {area.x, area.y + 1 + y, area.width, 1};
		draw_row(context, &processes->lines[row], canvas, line);
		if (row == list->selected)
			canvas_restyle(canvas, line, STYLE_SELECTED);
	}
}

static void processes_close(struct screen *screen)
{
	struct processes *processes = screen->state;
	free(processes->lines);
}

static unsigned choose(const struct processes *processes, struct context *context)
{
	if (processes->list.selected >= processes->length)
		return REACT_HANDLED;
	uint32_t place = processes->lines[processes->list.selected].place;
	const struct process *process = process_of(context, place);
	if (process && !process->traced) {
		context_say(context, true, "pid %d was met and not traced: it has no figures",
			    (int)process->pid);
		return REACT_HANDLED;
	}
	context->ask = ASK_PROCESS;
	if (place > 1)
		snprintf(context->ask_text, sizeof context->ask_text, "%d", (int)process->pid);
	else
		snprintf(context->ask_text, sizeof context->ask_text, place ? "main" : "all");
	return REACT_BACK | REACT_DESK;
}

static unsigned processes_act(struct screen *screen, struct context *context,
			      enum action action, const char *text)
{
	struct processes *processes = screen->state;
	if (list_move(&processes->list, action)) {
		processes->moved = true;
		return REACT_HANDLED;
	}
	if (action == ACTION_OPEN)
		return choose(processes, context);
	return action == ACTION_PROCESS && !text[0] ? REACT_BACK : REACT_IGNORED;
}

static unsigned processes_click(struct screen *screen, struct context *context, unsigned x,
				unsigned y)
{
	struct processes *processes = screen->state;
	size_t row = y ? list_at(&processes->list, y - 1) : SIZE_MAX;
	(void)x;
	if (row == SIZE_MAX)
		return REACT_HANDLED;
	list_select(&processes->list, row);
	processes->moved = true;
	return context->click_again ? choose(processes, context) : REACT_HANDLED;
}

const struct screen_ops processes_screen = {
	.title = "Processes",
	.place = IN_PROCESSES,
	.size = sizeof(struct processes),
	.close = processes_close,
	.draw = processes_draw,
	.act = processes_act,
	.click = processes_click,
};
