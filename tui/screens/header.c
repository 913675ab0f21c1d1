/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The header line: the program, how it is doing or who goes on after it, and on the right
 * what is compared or filtered.  Items that do not fit are left out from the right.
 */
#include <stdio.h>
#include <string.h>
#include "tui/screens/pen.h"
#include "tui/screens/screens.h"
#include "views/format/format.h"

#define COMMAND_LEAST 20u               /* cells that badges leave to the program */
#define HEAVIER_WIDE 70u                /* window's width from which on it tells who holds
					 * more */
#define LATE_SAID 3.0                   /* seconds by which the tables of a large heap are older
					 * than the gauges, from which on that is said */

static void ending(const struct program *program, bool live, bool recording, char *text,
		   size_t size)
{
	if (live)
		snprintf(text, size, "running");
	else if (program && program->ended && program->status_unknown)
		snprintf(text, size, "ended after");
	else if (program && program->ended && program->signal)
		snprintf(text, size, "ended by signal %d after", program->signal);
	else if (program && program->ended)
		snprintf(text, size, "exited %d after", program->exit_status);
	else
		snprintf(text, size, recording ? "recorded" : "ended after");
}

#define STATE_MAX (72 + FORMAT_MAX)

/* "   exited 0 after 00:12:31" */
static void state_text(const struct run_facts *run, char *text, size_t size)
{
	char how[64], clock[FORMAT_MAX];
	ending(run->program, run->gauges.live, run->recording, how, sizeof how);
	format_clock(run_clock(run) ? run->gauges.seconds : 0, clock);
	snprintf(text, size, "   %s %s", how, clock);
}

/* The command in this many cells: if it is too long, without the program's folder, and
 * then only its beginning. */
static void command_line(const struct program *program, unsigned cells, bool ascii,
			 char *text, size_t size)
{
	char raw[1024], safe[4096];
	for (int whole = 1; whole >= 0; whole--) {
		size_t length = 0;
		raw[0] = 0;
		for (int i = 0; program && i < program->argc && length < sizeof raw;
		     i++) {
			const char *word = program->argv[i];
			const char *slash = !whole && !i ? strrchr(word, '/') : NULL;
			length += (size_t)snprintf(raw + length, sizeof raw - length,
						   "%s%s", i ? " " : "",
						   slash ? slash + 1 : word);
		}
		format_safe(raw, safe, sizeof safe);
		if (format_width(safe) <= cells)
			break;
	}
	const char *dots = format_width(safe) <= cells ? "" : ascii ? ">" : "…";
	size_t length = strlen(safe);
	while (length && format_width(safe) + (dots[0] != 0) > cells) {
		do
			length--;
		while (length && ((unsigned char)safe[length] & 0xc0) == 0x80);
		safe[length] = 0;
	}
	snprintf(text, size, "%.2000s%s", safe, dots);
}

#define STEP_SAID 1.5                   /* seconds between ticks from which on it is
					 * shown */

/* "AT 00:12:31 (-18 m)"; in a wide window also how fine the history is there. */
static void at_text(const struct travel *travel, bool clocked, unsigned width, char *text,
		    size_t size)
{
	const struct timeline *timeline = &travel->timeline;
	double time = clocked ? travel->at.time : 0;
	double behind = clocked ? timeline->now - travel->at.time : 0;
	char clock[FORMAT_MAX], ago[FORMAT_MAX], step[FORMAT_MAX], fine[FORMAT_MAX + 4] = "";
	text[0] = 0;
	if (!travel->at.heap)
		return;
	format_clock(time, clock);
	timeline_ago_text(behind, ago);
	double seconds = timeline_step(timeline, travel->at.time, travel->at.time + 0.001);
	timeline_step_text(seconds, step);
	if (seconds >= STEP_SAID && width >= 60 && clocked)
		snprintf(fine, sizeof fine, " %s", step);
	if (width >= 40)
		snprintf(text, size, "AT %s (%s)%s ", clock, ago, fine);
	else
		snprintf(text, size, "AT %s ", clock);
}

/* Says what is compared with what, in this many cells; while there is a cursor, the
 * header names only one of the two. */
static void diff_badge(const struct shown_heaps *shown, bool travelled, unsigned cells,
		       char *text, size_t size)
{
	text[0] = 0;
	if (!shown->old)
		return;
	snprintf(text, size, "[DIFF %s minus %s]", shown->now_name, shown->old_name);
	if (travelled || canvas_width_of(text) > cells)
		snprintf(text, size, "[DIFF minus %s]", shown->old_name);
	if (canvas_width_of(text) > cells)
		snprintf(text, size, "[DIFF]");
}

/* The cells that badges leave to the command and to how it ended. */
static unsigned header_least(const struct run_facts *run, bool plain)
{
	char command[4096], state[STATE_MAX];
	if (run->gauges.live)
		return COMMAND_LEAST;
	command_line(run->program, COMMAND_LEAST - 1, plain, command, sizeof command);
	state_text(run, state, sizeof state);
	return 1 + canvas_width_of(command) + canvas_width_of(state) + 1;
}

/* Whose figures the tabs show; "" for the first process. */
static void whose_text(const struct run_facts *run, char *text, size_t size)
{
	const struct program *program = run->program;
	const struct process *process =
		program && run->process > 1 && run->process <= program->processes_length ?
			&program->processes[run->process - 1] : NULL;
	char count[FORMAT_MAX];
	text[0] = '\0';
	if (process && process->others) {
		format_count(process->others + UINT64_C(1), count);
		snprintf(text, size, "[%s ENDED]", count);
	} else if (process) {
		snprintf(text, size, "[PID %d]", (int)process->pid);
	} else if (program && run->process == 0 && program->processes_length > 1) {
		snprintf(text, size, "[ALL]");
	}
}

static unsigned badges(const struct context *context, bool plain, unsigned width, char *text,
		       size_t size)
{
	char at[FORMAT_MAX * 4];
	const struct run_facts *run = context->run;
	const struct program *program = run->program;
	uint32_t heavier = run->gauges.heavier.process;
	const char *stopped = run->gauges.stopped ? "[TRACING STOPPED]" : "";
	const char *hung_up = run->gauges.hung_up ? "[TERMINAL HUNG UP]" : "";
	char paused[48] = "", whose[FORMAT_MAX + 16] = "", diff[192], more[32] = "";
	char untraced[24] = "";
	if (run->gauges.untraced)
		snprintf(untraced, sizeof untraced, "[%u UNTRACED]", run->gauges.untraced);
	whose_text(run, whose, sizeof whose);
	if (run->frozen && run_clock(run))
		snprintf(paused, sizeof paused, "[PAUSED %.0f s behind]",
			 run->behind);
	else if (run->frozen)
		snprintf(paused, sizeof paused, "[PAUSED]");
	else if (run->late >= LATE_SAID && run_clock(run))
		snprintf(paused, sizeof paused, "[TABLE %.0f s OLD]", run->late);
	const char *unseen = program && *program->unseen ? "[LIBRARY UNSEEN]" : "";
	if (program && heavier && heavier <= program->processes_length && width >= HEAVIER_WIDE)
		snprintf(more, sizeof more, "[%d HOLDS MORE]",
			 (int)program->processes[heavier - 1].pid);
	at_text(context->travel, run_clock(run), width, at, sizeof at);
	const char *filter = context->wishes->active.length ? "[FILTER]" : "";
	snprintf(text, size, "%s%s%s%s%s%s%s%s%s", at, unseen, untraced, more, whose, paused,
		 hung_up, stopped, context->wishes->mine.on ? "[MINE]" : "");
	unsigned others = canvas_width_of(text) + (unsigned)strlen(filter) + header_least(run, plain);
	diff_badge(context->shown, context->travel->at.heap, width > others ? width - others : 0,
		   diff, sizeof diff);
	size_t length = strlen(text);
	snprintf(text + length, size - length, "%s%s", diff, filter);
	return canvas_width_of(text);
}

/* "   pid 4711   running 00:12:31" */
static void pid_and_state_draw(const struct run_facts *run, struct pen *pen, unsigned width)
{
	char text[32], state[STATE_MAX];
	snprintf(text, sizeof text, "   pid %d", run->program ? (int)run->program->pid : 0);
	state_text(run, state, sizeof state);
	/* How the program ended says more than which pid it had. */
	if (width >= 50 && run_clock(run) &&
	    (run->gauges.live ||
	     pen->x + canvas_width_of(text) + canvas_width_of(state) <= pen->end))
		pen_write(pen, STYLE_TITLE, text);
	pen_write(pen, STYLE_TITLE, state);
}

/* The first process has ended, and others that it left go on: how it ended, who they are,
 * and for how long the run has lasted.  The longest that fits. */
static void survivors_draw(const struct run_facts *run, struct pen *pen)
{
	const struct program *program = run->program;
	char how[32], others[32] = "", brief[32] = "", clock[FORMAT_MAX], text[4][160];
	int32_t pid, status = program->signal ? program->signal : program->exit_status;
	size_t left = program_survivors(program, &pid);
	unsigned best = 0;
	snprintf(how, sizeof how, "%s %d", program->signal ? "ended by signal" : "exited", status);
	if (left > 1) {
		snprintf(others, sizeof others, " and %zu more", left - 1);
		snprintf(brief, sizeof brief, " +%zu", left - 1);
	}
	format_clock(run_clock(run) ? run->gauges.seconds : 0, clock);
	const char *go = left == 1 ? "goes" : "go";
	snprintf(text[0], sizeof text[0], "   %s, pid %d%s %s on %s", how, pid, others, go, clock);
	if (!run_clock(run))
		snprintf(text[0], sizeof text[0], "   %s, %zu %s on %s", how, left, go, clock);
	snprintf(text[1], sizeof text[1], "   %s, %zu %s on", how, left, go);
	if (run_clock(run))
		snprintf(text[1], sizeof text[1], "   %s, %d%s %s on", how, pid, brief, go);
	snprintf(text[2], sizeof text[2], "   pid %d%s", run_clock(run) ? pid : 0, brief);
	snprintf(text[3], sizeof text[3], "   %zu %s on", left, go);
	while (best < 3 && (pen->x + canvas_width_of(text[best]) > pen->end ||
			    (best == 2 && !run_clock(run))))
		best++;
	pen_write(pen, STYLE_TITLE, text[best]);
}

void header_draw(const struct context *context, struct canvas *canvas, struct area area)
{
	const struct run_facts *run = context->run;
	const struct program *program = run->program;
	char text[2048], badge[512];
	unsigned width = area.width;
	canvas_fill(canvas, area, STYLE_TITLE);
	unsigned reserved = badges(context, canvas->plain, width, badge, sizeof badge);
	if (reserved && reserved + 4 < width) {
		canvas_put_right(canvas, area.x, area.y, width, STYLE_BADGE, badge);
		width -= reserved + 1;
	}
	struct pen pen = {canvas, area.x, area.y, area.x + width, 3};
	pen_write(&pen, STYLE_TITLE, width >= 60 ? " memtop " MEMTOP_VERSION "  " : " ");
	unsigned most = width > 64 ? width - 58 : width > 16 ? width / 2 : width;
	command_line(program, most, canvas->plain, text, sizeof text);
	pen_write(&pen, STYLE_TITLE, text);
	int32_t survivor;
	if (run->gauges.live && program && program_survivors(program, &survivor))
		survivors_draw(run, &pen);
	else
		pid_and_state_draw(run, &pen, width);
	snprintf(text, sizeof text, "   %s", program ? program->kind : "");
	pen_write(&pen, STYLE_TITLE, text);
	if (program && program->sample) {
		char every[FORMAT_MAX];
		format_size((double)program->sample, false, every);
		snprintf(text, sizeof text, "   ~ sampled every %s", every);
		pen_write(&pen, STYLE_BADGE, text);
	}
	snprintf(text, sizeof text, "   %zu processes", program ? program_count(program) : 0);
	if (program && program->processes_length > 1)
		pen_write(&pen, STYLE_TITLE, text);
	if (program && program->filtered)
		pen_write(&pen, STYLE_BADGE, "   seccomp");
	if (program && run_clock(run) && *program->ceilings.inside) {
		char inside[INSIDE_MAX];
		format_safe(program->ceilings.inside, inside, sizeof inside);
		snprintf(text, sizeof text, "   %s", inside);
		pen_write(&pen, STYLE_TITLE, text);
	}
}
