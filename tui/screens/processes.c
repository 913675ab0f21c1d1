/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of processes: first all together, then each beneath the one that started it,
 * in the order in which they came, or all sorted by one of their figures.  Enter chooses
 * the process whose figures the tabs show.  Processes that are counted together are one
 * line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tui/screens/screens.h"
#include "tui/base/sheet.h"
#include "views/format/format.h"
#include "views/table/tree.h"

/* A process in the tree of who started whom; SIZE_MAX: none. */
struct member {
	size_t at;                              /* its index in the program's list, */
	double began;                           /* and when it came */
	size_t parent, first, last, next;       /* first and last child, next sibling */
};

struct line {
	uint32_t place;                 /* as in run->process */
	struct row at;                  /* its position in the tree, for tree_prefix */
};

/* The columns in their order on the screen; those that are needed least are left out
 * first. */
enum part { PID, STATE, CURRENT, PEAK, BLOCKS, STARTED, PARTS };

struct processes {
	struct list list;
	struct line *lines;             /* the rows */
	size_t length;                  /* number of rows */
	uint64_t known;                 /* of the processes that they were made of */
	enum part sort;                 /* PID stands for: by who started whom */
	bool reverse;
	bool moved;                     /* the user moved; until then the chosen one is
					 * selected */
};

/* What its sheet is drawn from. */
struct processes_sheet {
	const struct processes *processes;
	const struct run_facts *run;
};

static const struct sheet_column columns[PARTS] = {
	[PID] = {"pid", 9, 0, false},
	[STATE] = {"state", 12, 62, true},
	[CURRENT] = {"current", 11, 0, false},
	[PEAK] = {"peak", 11, 46, false},
	[BLOCKS] = {"blocks", 13, 74, false},
	[STARTED] = {"started", 10, 90, true},
};

/* A single process needs no row for the sum. */
static bool has_sum(const struct program *program) { return program->processes_length > 1; }

static const struct process *process_of(const struct program *program, uint32_t place)
{
	return place ? &program->processes[place - 1] : NULL;
}

static const struct totals *figures_of(const struct run_facts *run, uint32_t place)
{
	return place < run->figures_length && run->figures[place].known
		       ? &run->figures[place].totals
		       : NULL;
}

/* The process that started it, which must be one that came earlier. */
static size_t processes_parent_of(const struct program *program,
				  const struct member *members, size_t at)
{
	const struct process *all = program->processes;
	int32_t ppid = all[members[at].at].ppid;
	if (at > 1 && ppid == all[members[at - 1].at].ppid)
		return members[at - 1].parent;
	for (size_t i = at; i-- > 0;)
		if (all[members[i].at].pid == ppid)
			return i;
	return SIZE_MAX;
}

/* By when they came, which the list's order is not where places were taken anew. */
static int came_earlier(const void *a, const void *b)
{
	const struct member *one = a, *other = b;
	return one->began != other->began ? (one->began > other->began) - (one->began < other->began)
					  : (one->at > other->at) - (one->at < other->at);
}

static void processes_add_child(struct member *members, size_t parent, size_t child)
{
	if (parent == SIZE_MAX)
		return;
	if (members[parent].first == SIZE_MAX)
		members[parent].first = child;
	else
		members[members[parent].last].next = child;
	members[parent].last = child;
}

/* Adds a process and all beneath it, children before siblings. */
static void add_lines(struct processes *processes, const struct member *members, size_t root)
{
	uint16_t depth = 0;
	for (size_t at = root; at != SIZE_MAX;) {
		processes->lines[processes->length++] = (struct line){
			(uint32_t)members[at].at + 1, {.indent = depth, .fork = true}};
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

/* How many members there are. */
static size_t link_all(const struct program *program, struct member *members)
{
	size_t n = 0;
	for (size_t i = 0; i < program->processes_length; i++)
		if (!program->processes[i].vacant)
			members[n++] = (struct member){i, program->processes[i].began, SIZE_MAX,
						       SIZE_MAX, SIZE_MAX, SIZE_MAX};
	qsort(members, n, sizeof *members, came_earlier);
	for (size_t i = 0; i < n; i++) {
		members[i].parent = processes_parent_of(program, members, i);
		processes_add_child(members, members[i].parent, i);
	}
	return n;
}

/* Goes from the bottom up and notes at which levels a sibling is still to come. */
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

/* A number that changes when a process comes, or others are counted with one; 0: there is
 * none. */
static uint64_t list_mark(const struct program *program)
{
	uint64_t mark = program ? program->processes_length : 0;
	for (size_t i = 0; program && i < program->processes_length; i++) {
		const struct process *process = &program->processes[i];
		mark = (mark ^ (uint32_t)process->pid) * UINT64_C(0x9e3779b97f4a7c15);
		mark = (mark ^ mark >> 32) + 2 * (uint64_t)process->others + process->vacant;
	}
	return mark;
}

/* The rows are up to date as long as the list is the same. */
static void processes_lay_out(struct processes *processes, const struct program *program)
{
	size_t n = program ? program->processes_length : 0;
	uint64_t mark = list_mark(program);
	if (mark == processes->known)
		return;
	struct line *lines = realloc(processes->lines, (n + 1) * sizeof *lines);
	struct member *members = malloc(n * sizeof *members);
	processes->lines = lines ? lines : processes->lines;
	if (lines && members) {
		processes->length = 0;
		processes->known = mark;
		if (has_sum(program))
			lines[processes->length++] = (struct line){0};
		n = link_all(program, members);
		for (size_t i = 0; i < n; i++)
			if (members[i].parent == SIZE_MAX)
				add_lines(processes, members, i);
		draw_guides(processes);
	}
	free(members);
}

/* What a row is ordered by, the largest first. */
static double figure_of(const struct run_facts *run, uint32_t place, enum part sort)
{
	const struct totals *totals = figures_of(run, place);
	if (sort == STARTED)
		return process_of(run->program, place)->began;
	if (!totals)
		return -1;
	return (double)(sort == CURRENT ? totals->current
			: sort == PEAK	? totals->peak_ever
					: totals->blocks);
}

/* Insertion sort, as most rows stay where they are; the row for all together stays
 * first. */
static void sort_lines(struct processes *processes, const struct run_facts *run)
{
	size_t first = processes->length && !processes->lines[0].place;
	for (size_t i = first; i < processes->length; i++) {
		struct line moved = {processes->lines[i].place, {0}};
		double figure = figure_of(run, moved.place, processes->sort);
		size_t at = i;
		for (; at > first; at--) {
			double before = figure_of(run, processes->lines[at - 1].place,
						  processes->sort);
			if (processes->reverse ? before <= figure : before >= figure)
				break;
			processes->lines[at] = processes->lines[at - 1];
		}
		processes->lines[at] = moved;
	}
}

static const char *processes_state_of(const struct process *process, bool live)
{
	if (!process)
		return "";
	if (!process->traced)
		return "not traced";
	return process->ended > 0 || !live ? "ended" : "running";
}

static uint32_t processes_cell(const void *user, size_t row, unsigned part, char *text)
{
	const struct processes_sheet *sheet = user;
	const struct processes *processes = sheet->processes;
	const struct run_facts *run = sheet->run;
	uint32_t place = processes->lines[row].place;
	const struct process *process = process_of(run->program, place);
	const struct totals *totals = figures_of(run, place);
	switch ((enum part)part) {
	case PID:
		if (process)
			snprintf(text, SHEET_CELL, "%d", (int)process->pid);
		else
			snprintf(text, SHEET_CELL, "all");
		return STYLE_MARK;
	case STATE:
		snprintf(text, SHEET_CELL, "%s", processes_state_of(process, run->gauges.live));
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
			format_clock(run_clock(run) ? process->began : 0, text);
		return STYLE_DIM;
	}
}

/* Draws the command without its folder, indented beneath the process that started it. */
static void draw_command(const void *user, size_t row, struct canvas *canvas,
			 struct area area)
{
	const struct processes_sheet *sheet = user;
	const struct run_facts *run = sheet->run;
	const struct line *line = &sheet->processes->lines[row];
	const struct process *process = process_of(run->program, line->place);
	char raw[1024], safe[4096], guides[512];
	unsigned x = area.x, y = area.y, room = area.width;
	unsigned in = tree_prefix(&line->at, room / 6, canvas->plain, guides, sizeof guides);
	size_t length = 0;
	if (!process) {
		snprintf(raw, sizeof raw, "%zu processes together", program_count(run->program));
		canvas_put(canvas, x, y, room, STYLE_TEXT, raw);
		return;
	}
	canvas_put(canvas, x, y, room, STYLE_DIM, guides);
	x += in;
	room -= in;
	raw[0] = 0;
	if (process->others) {
		format_count(process->others + UINT64_C(1), raw);
		length = strlen(raw);
		length += (size_t)snprintf(raw + length, sizeof raw - length, " ended processes%s",
					   process->argc ? ": " : "");
	}
	for (int i = 0; i < process->argc && length < sizeof raw; i++) {
		const char *slash = i ? NULL : strrchr(process->argv[i], '/');
		length += (size_t)snprintf(raw + length, sizeof raw - length, "%s%s", i ? " " : "",
					   slash ? slash + 1 : process->argv[i]);
	}
	format_safe(raw[0] ? raw : "?", safe, sizeof safe);
	length = canvas_put(canvas, x, y, room, process->traced ? STYLE_FUNCTION : STYLE_DIM, safe);
	if (!process->reason || length + 3 > room)
		return;
	snprintf(raw, sizeof raw, "  (%s)", process->reason);
	format_safe(raw, safe, sizeof safe);
	canvas_put(canvas, x + (unsigned)length, y, room - (unsigned)length, STYLE_DIM, safe);
}

/* Marks the process whose figures the tabs show. */
static void draw_mark(const void *user, size_t row, struct canvas *canvas,
		      struct area line)
{
	const struct processes_sheet *sheet = user;
	if (sheet->processes->lines[row].place == sheet->run->process)
		canvas_put(canvas, line.x, line.y, 2, STYLE_KEY, canvas->plain ? " *" : " ●");
}

static void processes_draw(struct screen *screen, const struct context *context,
			   struct canvas *canvas, struct area area)
{
	struct processes *processes = screen->state;
	const struct run_facts *run = context->run;
	const struct processes_sheet user = {processes, run};
	struct list *list = &processes->list;
	size_t row = 0;
	uint32_t selected = run->process;
	/* The selection stays on its process when others were inserted. */
	if (processes->moved && list->selected < processes->length)
		selected = processes->lines[list->selected].place;
	processes_lay_out(processes, run->program);
	if (processes->sort != PID)
		sort_lines(processes, run);
	sheet_fit(list, processes->length, area);
	while (row < processes->length && processes->lines[row].place != selected)
		row++;
	list_select(list, row);
	struct sheet_column titled[PARTS];
	char title[32];
	memcpy(titled, columns, sizeof titled);
	snprintf(title, sizeof title, "%s%s", columns[processes->sort].title,
		 canvas->plain ? (processes->reverse ? "^" : "v")
				: (processes->reverse ? "▲" : "▼"));
	if (processes->sort != PID)
		titled[processes->sort].title = title;
	const struct sheet sheet = { .columns = titled,
				     .length = PARTS,
				     .gap = 2,
				     .rest = "command",
				     .cell = processes_cell,
				     .draw = draw_command,
				     .mark = draw_mark,
				     .user = &user };
	sheet_draw(&sheet, list, canvas, area);
}

static void processes_close(struct screen *screen)
{
	struct processes *processes = screen->state;
	free(processes->lines);
}

static unsigned processes_choose(const struct processes *processes,
				 struct context *context)
{
	if (processes->list.selected >= processes->length)
		return REACT_HANDLED;
	uint32_t place = processes->lines[processes->list.selected].place;
	const struct process *process = process_of(context->run->program, place);
	if (process && !process->traced) {
		context_say(context, true, "pid %d was not traced: %s", (int)process->pid,
			    process->reason ? process->reason : "it has no figures");
		return REACT_HANDLED;
	}
	char pid[16];
	snprintf(pid, sizeof pid, "%d", process ? (int)process->pid : 0);
	return REACT_BACK | context_ask(context, ASK_PROCESS, 0,
					place > 1 ? pid : place ? "main" : "all");
}

/* Sorts by the next column to the left or right that has figures; the order by who
 * started whom lies between the last and the first. */
static unsigned processes_sort(struct processes *processes, struct context *context, int step)
{
	do
		processes->sort = (enum part)(((int)processes->sort + step + PARTS) % PARTS);
	while (processes->sort == STATE);
	processes->known = 0;           /* the rows must be made anew */
	if (processes->sort == PID)
		context_say(context, false, "each process beneath the one that started it");
	else
		context_say(context, false, "sorted by %s", columns[processes->sort].title);
	return REACT_HANDLED;
}

static unsigned processes_sort_by(struct processes *processes, struct context *context,
				  const char *word)
{
	for (enum part part = CURRENT; part < PARTS; part++)
		if (!strcmp(word, columns[part].title)) {
			processes->sort = part;
			return processes_sort(processes, context, 0);
		}
	context_say(context, true, "processes are sorted by current, peak, blocks or started");
	return REACT_HANDLED;
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
		return processes_choose(processes, context);
	if (action == ACTION_SORT_LEFT || action == ACTION_SORT_RIGHT)
		return processes_sort(processes, context, action == ACTION_SORT_LEFT ? -1 : 1);
	if (action == ACTION_SORT && text[0])
		return processes_sort_by(processes, context, text);
	if (action == ACTION_REVERSE && processes->sort != PID) {
		processes->reverse = !processes->reverse;
		return REACT_HANDLED;
	}
	return action == ACTION_PROCESS && !text[0] ? REACT_BACK : REACT_IGNORED;
}

static unsigned processes_click(struct screen *screen, struct context *context, unsigned x,
				unsigned y)
{
	struct processes *processes = screen->state;
	(void)x;
	if (!sheet_click(&processes->list, y))
		return REACT_HANDLED;
	processes->moved = true;
	return context->click_again ? processes_choose(processes, context)
				    : REACT_HANDLED;
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
