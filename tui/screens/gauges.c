/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The header line and the gauges: which program runs, how much of its memory is traced
 * compared with what the kernel counts, and what could not be recorded.  Items that do
 * not fit are left out from the right.
 */
#include <stdio.h>
#include <string.h>
#include "tui/screens/screens.h"
#include "views/held/arenas.h"
#include "views/format/format.h"
#include "views/format/meter.h"
#include "views/format/outlook.h"

#define SIZE_CELLS 8u                   /* "1023 KiB" */
#define RATE_CELLS 6u                   /* "99.9 k" */
#define CEILING_NEAR 80.0               /* percent in use: then it is shown first */
#define COMMAND_LEAST 20u               /* cells that badges leave to the program in the
					 * header */
#define AT_PEAK 0.98                    /* part of the peak from which current counts as
					 * at it */
#define BAR_MOST 32u                    /* cells of the bar */
#define CEILING_ROOM 92u                /* cells that a limit and its figures need beside
					 * the rest */
#define HEAVIER_WIDE 70u                /* window's width from which on it tells who holds
					 * more */

struct pen {
	struct canvas *canvas;
	unsigned x, y, end;
	unsigned gap;                   /* cells between items */
};

/* Writes the text if all of it fits; else nothing more is written on the line. */
static void write_text(struct pen *pen, uint32_t style, const char *text)
{
	unsigned width = canvas_width_of(text);
	if (pen->x + width > pen->end) {
		pen->end = pen->x;
		return;
	}
	pen->x += canvas_put(pen->canvas, pen->x, pen->y, width, style, text);
}

/* Writes a label and its value, or neither if they do not both fit. */
static void item(struct pen *pen, const char *label, uint32_t style, const char *value)
{
	if (pen->x + canvas_width_of(label) + canvas_width_of(value) + 1 > pen->end) {
		pen->end = pen->x;
		return;
	}
	write_text(pen, STYLE_LABEL, label);
	write_text(pen, STYLE_TEXT, " ");
	write_text(pen, style, value);
	if (pen->x + pen->gap < pen->end)
		pen->x += pen->gap;
}

/* The same for a value that changes all the time: it is given at least this many cells,
 * so that what follows it stays where it is. */
static void steady_item(struct pen *pen, const char *label, uint32_t style,
			const char *value, unsigned cells)
{
	unsigned width = canvas_width_of(value);
	item(pen, label, style, value);
	if (width < cells && pen->x + cells - width < pen->end)
		pen->x += cells - width;
}

static void ending(const struct program *program, bool live, bool recording, char *text,
		   size_t size)
{
	if (live)
		snprintf(text, size, "running");
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

static unsigned badges(const struct context *context, bool plain, unsigned width, char *text,
		       size_t size)
{
	char at[FORMAT_MAX * 4];
	const struct run_facts *run = context->run;
	const struct program *program = run->program;
	uint32_t heavier = run->gauges.heavier.process;
	char paused[48] = "", stopped[16] = "", whose[24] = "", diff[192], more[32] = "", untraced[24] = "";
	if (run->gauges.untraced)
		snprintf(untraced, sizeof untraced, "[%u UNTRACED]", run->gauges.untraced);
	if (program && run->process > 1 && run->process <= program->processes_length)
		snprintf(whose, sizeof whose, "[PID %d]",
			 (int)program->processes[run->process - 1].pid);
	else if (program && run->process == 0 && program->processes_length > 1)
		snprintf(whose, sizeof whose, "[ALL]");
	if (run->frozen && run_clock(run))
		snprintf(paused, sizeof paused, "[PAUSED %.0f s behind]",
			 run->behind);
	else if (run->frozen)
		snprintf(paused, sizeof paused, "[PAUSED]");
	if (run->gauges.stopped)
		snprintf(stopped, sizeof stopped, "[STOPPED]");
	const char *unseen = program && *program->unseen ? "[LIBRARY UNSEEN]" : "";
	if (program && heavier && heavier <= program->processes_length && width >= HEAVIER_WIDE)
		snprintf(more, sizeof more, "[%d HOLDS MORE]",
			 (int)program->processes[heavier - 1].pid);
	at_text(context->travel, run_clock(run), width, at, sizeof at);
	const char *filter = context->wishes->active.length ? "[FILTER]" : "";
	snprintf(text, size, "%s%s%s%s%s%s%s%s", at, unseen, untraced, more, whose, paused, stopped,
		 context->wishes->mine.on ? "[MINE]" : "");
	unsigned others = canvas_width_of(text) + (unsigned)strlen(filter) + header_least(run, plain);
	diff_badge(context->shown, context->travel->at.heap, width > others ? width - others : 0,
		   diff, sizeof diff);
	size_t length = strlen(text);
	snprintf(text + length, size - length, "%s%s", diff, filter);
	return canvas_width_of(text);
}

void header_draw(const struct context *context, struct canvas *canvas, struct area area)
{
	const struct run_facts *run = context->run;
	const struct program *program = run->program;
	char text[2048], state[STATE_MAX], badge[512];
	unsigned width = area.width;
	canvas_fill(canvas, area, STYLE_TITLE);
	unsigned reserved = badges(context, canvas->plain, width, badge, sizeof badge);
	if (reserved && reserved + 4 < width) {
		canvas_put_right(canvas, area.x, area.y, width, STYLE_BADGE, badge);
		width -= reserved + 1;
	}
	struct pen pen = {canvas, area.x, area.y, area.x + width, 3};
	write_text(&pen, STYLE_TITLE, width >= 60 ? " memtop " MEMTOP_VERSION "  " : " ");
	unsigned most = width > 64 ? width - 58 : width > 16 ? width / 2 : width;
	command_line(program, most, canvas->plain, text, sizeof text);
	write_text(&pen, STYLE_TITLE, text);
	snprintf(text, sizeof text, "   pid %d", program ? (int)program->pid : 0);
	state_text(run, state, sizeof state);
	/* How the program ended says more than which pid it had. */
	if (width >= 50 && run_clock(run) &&
	    (run->gauges.live ||
	     pen.x + canvas_width_of(text) + canvas_width_of(state) <= pen.end))
		write_text(&pen, STYLE_TITLE, text);
	write_text(&pen, STYLE_TITLE, state);
	snprintf(text, sizeof text, "   %s", program ? program->kind : "");
	write_text(&pen, STYLE_TITLE, text);
	if (program && program->sample) {
		char every[FORMAT_MAX];
		format_size((double)program->sample, false, every);
		snprintf(text, sizeof text, "   ~ sampled every %s", every);
		write_text(&pen, STYLE_BADGE, text);
	}
	snprintf(text, sizeof text, "   %zu processes",
		 program ? program->processes_length : 0);
	if (program && program->processes_length > 1)
		write_text(&pen, STYLE_TITLE, text);
	if (program && program->filtered)
		write_text(&pen, STYLE_BADGE, "   seccomp");
	if (program && run_clock(run) && *program->ceilings.inside) {
		char inside[INSIDE_MAX];
		format_safe(program->ceilings.inside, inside, sizeof inside);
		snprintf(text, sizeof text, "   %s", inside);
		write_text(&pen, STYLE_TITLE, text);
	}
}

static void size_item(struct pen *pen, const char *label, uint32_t style, uint64_t bytes)
{
	char text[FORMAT_MAX];
	format_size((double)bytes, false, text);
	item(pen, label, style, text);
}

static void traced_item(struct pen *pen, const char *label, uint64_t bytes, bool estimated)
{
	char size[FORMAT_MAX], text[FORMAT_MAX + 1];
	format_size((double)bytes, false, size);
	snprintf(text, sizeof text, "%s%s", estimated ? "~" : "", size);
	steady_item(pen, label, STYLE_FIGURE, text,
		    pen->end - pen->x > 50 ? SIZE_CELLS + estimated : 0);
}

/* The nearest ceiling; NULL: none is known. */
static const struct ceiling *ceiling_shown(const struct run_facts *run)
{
	const struct program *program = run->program;
	return program && program->ceilings.length && run_clock(run)
		       ? &program->ceilings.of[0] : NULL;
}

/* Whether the ceiling is shown in every window: it is nearly full, or it is known when it
 * will be. */
static bool is_near(bool live, const struct ceiling *ceiling)
{
	return ceiling_percent(ceiling, ceiling->used) >= CEILING_NEAR ||
	       (live && ceiling->latest > 0);
}

static void ceiling_item(const struct run_facts *run, struct pen *pen)
{
	const struct ceiling *ceiling = ceiling_shown(run);
	char share[OUTLOOK_MAX], when[OUTLOOK_MAX] = "", text[2 * OUTLOOK_MAX];
	bool live = run->gauges.live;
	if (!ceiling)
		return;
	outlook_share(ceiling, !live, share);
	if (live)
		outlook_when(ceiling, run->gauges.seconds, when);
	snprintf(text, sizeof text, "%s%s%s", share, when[0] ? ", " : "", when);
	const char *label = outlook_label(ceiling->kind);
	bool fits = pen->x + canvas_width_of(label) + canvas_width_of(text) + 1 <= pen->end;
	item(pen, label, is_near(live, ceiling) ? STYLE_WARNING : STYLE_TEXT,
	     fits ? text : share);
}

/* What was live at the cursor, and how much it grew since the anchor; the texts are ""
 * where there is no such place. */
struct travelled {
	char at[FORMAT_MAX], since[FORMAT_MAX * 3];
	unsigned cells;                 /* of both together */
};

static void travelled_text(const struct run_facts *run, const struct travel *travel,
			   struct travelled *travelled)
{
	const struct past_heap *at = &travel->at, *anchor = &travel->anchor;
	uint64_t current = at->heap ? at->heap->totals.current : run->gauges.totals.current;
	double seconds = at->heap ? at->time : run->gauges.seconds;
	*travelled = (struct travelled){"", "", 0};
	if (at->heap) {
		format_size((double)current, false, travelled->at);
		travelled->cells += (unsigned)(strlen(travelled->at) + sizeof "at cursor" + 3);
	}
	if (!anchor->heap)
		return;
	char grown[FORMAT_MAX], rate[FORMAT_MAX];
	double bytes = (double)current - (double)anchor->heap->totals.current;
	format_size(bytes, true, grown);
	seconds -= anchor->time;
	if (seconds != 0 && run_clock(run)) {
		format_size(bytes / seconds * 60, true, rate);
		snprintf(travelled->since, sizeof travelled->since, "%s, %s/min", grown, rate);
	} else {
		snprintf(travelled->since, sizeof travelled->since, "%s", grown);
	}
	travelled->cells += (unsigned)(strlen(travelled->since) + sizeof "since anchor" + 3);
}

static void travelled_items(const struct travelled *travelled, struct pen *pen)
{
	if (travelled->at[0])
		item(pen, "at cursor", STYLE_FIGURE, travelled->at);
	if (travelled->since[0])
		item(pen, "since anchor", travelled->since[0] == '-' ? STYLE_SHRUNK : STYLE_GROWN,
		     travelled->since);
}

/* Draws how full the nearest limit is, with its name and figures.  Without a limit, or
 * without room for it, the bar compares current with the highest ever, which is written
 * beside it.  While current is at that peak, the bar would only be full and say nothing,
 * so it is left out. */
static bool draw_bar(const struct gauges *gauges, const struct ceiling *ceiling,
		     unsigned room, struct pen *pen)
{
	const struct totals *totals = &gauges->totals;
	char bar[METER_BYTES(BAR_MOST)], text[OUTLOOK_MAX];
	if (ceiling && room >= CEILING_ROOM) {
		unsigned cells = room >= CEILING_ROOM + 24 ? BAR_MOST : 14;
		meter_bar((double)ceiling->used, (double)ceiling->bytes, cells, bar, sizeof bar);
		item(pen, outlook_label(ceiling->kind), STYLE_BAR, bar);
		pen->x -= pen->gap - 1;
		outlook_share(ceiling, !gauges->live, text);
		write_text(pen, STYLE_TEXT, text);
		pen->x += pen->gap;
		return true;
	}
	unsigned cells = room > 90 ? BAR_MOST : room > 50 ? room - 50 : 0;
	if (cells < 6)
		return false;
	if ((double)totals->current < AT_PEAK * (double)totals->peak_ever) {
		meter_bar((double)totals->current, (double)totals->peak_ever, cells, bar, sizeof bar);
		canvas_put(pen->canvas, pen->x, pen->y, cells, STYLE_BAR, bar);
	}
	pen->x += cells + 1;
	return false;
}

static void first_line(const struct run_facts *run, const struct travel *travel,
		       struct pen *pen)
{
	const struct gauges *gauges = &run->gauges;
	/* In a sampled run all figures are estimates. */
	bool estimated = run->program && run->program->sample;
	struct travelled travelled;
	traced_item(pen, "current", gauges->totals.current, estimated);
	unsigned room = pen->end > pen->x ? pen->end - pen->x : 0;
	const struct ceiling *ceiling = ceiling_shown(run);
	bool far = ceiling && !is_near(gauges->live, ceiling);
	travelled_text(run, travel, &travelled);
	room = room > travelled.cells ? room - travelled.cells : 0;
	bool told = draw_bar(gauges, far ? ceiling : NULL, room, pen);
	/* What the user chose comes before what is always shown. */
	if (pen->x + sizeof "peak 1023 KiB" + 3 + travelled.cells <= pen->end)
		traced_item(pen, "peak", gauges->totals.peak, estimated);
	travelled_items(&travelled, pen);
	if (run->fixed_clock || !gauges->rss) {
		item(pen, "RSS", STYLE_DIM, "-");
		return;
	}
	if (!gauges->live) {            /* the process is gone, but what it last had is
					 * known */
		size_item(pen, "RSS was", STYLE_DIM, gauges->rss);
	} else {
		size_item(pen, "RSS", STYLE_FIGURE, gauges->rss);
		uint64_t current = gauges->rss_current;
		size_item(pen, "untraced", STYLE_TEXT,
			  gauges->rss > current ? gauges->rss - current : 0);
	}
	if (far && !told)
		ceiling_item(run, pen);
}

static void count_item(struct pen *pen, const char *label, uint64_t count, bool bad)
{
	char text[FORMAT_MAX];
	format_count(count, text);
	item(pen, label, count && bad ? STYLE_WARNING : STYLE_TEXT, text);
}

/* Writes how many frees there were of blocks whose beginning was never seen, and by whom
 * if there is room. */
static void unknown_item(const struct gauges *gauges, struct pen *pen)
{
	char count[FORMAT_MAX], by[sizeof gauges->unknown_by * 4], text[sizeof by + sizeof count + 8];
	if (!gauges->totals.unknown_frees)
		return;
	format_count(gauges->totals.unknown_frees, count);
	format_safe(gauges->unknown_by, by, sizeof by);
	snprintf(text, sizeof text, "%s (%s)", count, by);
	bool fits = pen->x + canvas_width_of(text) + sizeof "unknown frees" <= pen->end;
	item(pen, "unknown frees", STYLE_WARNING, fits ? text : count);
}

/* Writes what the program had allocated before memtop attached, and how many of those
 * blocks are gone. */
static void earlier_item(const struct run_facts *run, struct pen *pen)
{
	uint64_t before = run->program->before;
	uint64_t freed = run->gauges.totals.unknown_frees;
	char size[FORMAT_MAX] = "?", count[FORMAT_MAX], text[2 * FORMAT_MAX + 16];

	if (before)
		format_size((double)(before - 1), false, size);
	format_count(freed, count);
	snprintf(text, sizeof text, "%s, %s freed", size, count);
	bool fits = pen->x + canvas_width_of(text) + sizeof "before attach" <= pen->end;
	item(pen, "before attach", STYLE_FIGURE, fits ? text : size);
}

static void second_line(const struct run_facts *run, struct pen *pen)
{
	const struct gauges *gauges = &run->gauges;
	char text[256];
	unsigned width = pen->end - pen->x, cells = pen->gap < 3 ? 0 : RATE_CELLS;
	bool brief = width < 110;
	const char *allocations = brief ? "alloc/s" : "allocations/s";
	const char *frees = brief ? "free/s" : "frees/s";
	count_item(pen, "blocks", gauges->totals.blocks, false);
	const struct ceiling *ceiling = ceiling_shown(run);
	bool near = ceiling && is_near(gauges->live, ceiling);
	if (near)
		ceiling_item(run, pen);
	/* What is missing from the figures is always shown, and so is what memtop itself
	 * costs; in a narrow window the rates are left out. */
	if (width >= (near ? 124 : 74)) {
		format_rate(run->fixed_clock ? 0 : gauges->alloc_rate, text);
		steady_item(pen, allocations, STYLE_TEXT, text, cells);
	}
	if (width >= (near ? 140 : 90)) {
		format_rate(run->fixed_clock ? 0 : gauges->free_rate, text);
		steady_item(pen, frees, STYLE_TEXT, text, cells);
	}
	count_item(pen, "lost", gauges->totals.lost, true);
	count_item(pen, brief ? "trunc" : "truncated", gauges->totals.truncated, true);
	count_item(pen, brief ? "unres" : "unresolved", gauges->unresolved, true);
	if (run->program && run->program->attached)
		earlier_item(run, pen);
	else
		unknown_item(gauges, pen);
	if (gauges->totals.mapped)
		size_item(pen, "mapped", STYLE_FIGURE, gauges->totals.mapped);
	if (!run->fixed_clock && gauges->tracer)
		size_item(pen, "tracer", STYLE_DIM, gauges->tracer);
	cut_list(gauges->totals.cut, text, sizeof text);
	if (*text)
		item(pen, "cut:", STYLE_WARNING, text);
}

static void term(struct pen *pen, const char *label, uint64_t bytes)
{
	if (bytes)
		size_item(pen, label, STYLE_TEXT, bytes);
}

/* Shows RSS as the sum that it is.  Some of what is traced may never have been touched;
 * what is not traced is the program's data and the allocator's own. */
static void third_line(const struct gauges *gauges, struct pen *pen)
{
	uint64_t current = gauges->rss_current, anon = gauges->rss_anon;
	uint64_t resident = current < anon ? current : anon;
	uint64_t known = resident + gauges->rss_file + gauges->rss_stack;
	if (!gauges->live) {
		write_text(pen, STYLE_DIM, "the program has ended: what is still listed was "
					   "never freed");
		return;
	}
	if (!anon) {
		write_text(pen, STYLE_DIM, "RSS: not known");
		return;
	}
	pen->gap = 1;
	size_item(pen, "RSS", STYLE_TEXT, gauges->rss);
	term(pen, "= traced", resident);
	term(pen, "+ files", gauges->rss_file);
	term(pen, "+ stacks", gauges->rss_stack);
	term(pen, "+ other", gauges->rss > known ? gauges->rss - known : 0);
	pen->x++;
	if (current > resident)
		size_item(pen, "  traced, but not resident:", STYLE_TEXT, current - resident);
	else
		write_text(pen, STYLE_DIM, "  (other: the allocator's free memory and "
					   "overhead, data)");
}

/* Shows how much memory glibc's malloc has from the kernel, as the look at this moment
 * found it. */
static void arenas_line(const struct look_arenas *arenas, struct pen *pen)
{
	const struct look_arena sum = look_arenas_sum(arenas);
	bool brief = pen->end - pen->x < 115;
	char size[FORMAT_MAX], text[2 * FORMAT_MAX], percent[FORMAT_MAX];
	format_size((double)sum.free, false, size);
	snprintf(percent, sizeof percent, "%.0f %%", arena_fragmentation(&sum));
	snprintf(text, sizeof text, "%s %s", size, percent);
	size_item(pen, brief ? "mapped" : "malloc: mapped", STYLE_TEXT, sum.mapped);
	size_item(pen, brief ? "res" : "resident", STYLE_TEXT, sum.resident);
	size_item(pen, "live", STYLE_FIGURE, sum.live);
	item(pen, brief ? "free" : "free inside", STYLE_TEXT, brief ? text : size);
	size_item(pen, brief ? "top" : "at the top", STYLE_TEXT, sum.top);
	if (!brief)
		item(pen, "fragmentation", STYLE_TEXT, percent);
}

void gauges_draw(const struct run_facts *run, const struct travel *travel,
		 struct canvas *canvas, struct area area)
{
	if (run->arenas && area.height > 2) {
		struct pen last = {canvas, area.x + 1, area.y + --area.height,
				   area.x + area.width, area.width < 130 ? 2 : 3};
		arenas_line(run->arenas, &last);
	}
	struct pen pen = {canvas, area.x + 1, area.y, area.x + area.width, 3};
	if (area.height)
		first_line(run, travel, &pen);
	pen = (struct pen){canvas, area.x + 1, area.y + 1, area.x + area.width,
			   area.width < 100 ? 2 : 3};
	if (area.height > 1)
		second_line(run, &pen);
	pen = (struct pen){canvas, area.x + 1, area.y + 2, area.x + area.width, 3};
	if (area.height > 2)
		third_line(&run->gauges, &pen);
}
