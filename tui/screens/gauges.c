/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The gauges: how much of the program's memory is traced compared with what the kernel
 * counts, and what could not be recorded.  Items that do not fit are left out from the
 * right.
 */
#include <stdio.h>
#include <string.h>
#include "tui/screens/pen.h"
#include "tui/screens/screens.h"
#include "views/held/arenas.h"
#include "views/format/format.h"
#include "views/format/meter.h"
#include "views/format/outlook.h"

#define SIZE_CELLS 8u                   /* "1023 KiB" */
#define RATE_CELLS 6u                   /* "99.9 k" */
#define CEILING_NEAR 80.0               /* percent in use: then it is shown first */
#define AT_PEAK 0.98                    /* part of the peak from which current counts as
					 * at it */
#define BAR_MOST 32u                    /* cells of the bar */
#define CEILING_ROOM 92u                /* cells that a limit and its figures need beside
					 * the rest */

static void size_item(struct pen *pen, const char *label, uint32_t style, uint64_t bytes)
{
	char text[FORMAT_MAX];
	format_size((double)bytes, false, text);
	pen_item(pen, label, style, text);
}

static void traced_item(struct pen *pen, const char *label, uint64_t bytes, bool estimated)
{
	char size[FORMAT_MAX], text[FORMAT_MAX + 1];
	format_size((double)bytes, false, size);
	snprintf(text, sizeof text, "%s%s", estimated ? "~" : "", size);
	pen_steady_item(pen, label, STYLE_FIGURE, text,
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
	pen_item(pen, label, is_near(live, ceiling) ? STYLE_WARNING : STYLE_TEXT,
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
		pen_item(pen, "at cursor", STYLE_FIGURE, travelled->at);
	if (travelled->since[0])
		pen_item(pen, "since anchor", travelled->since[0] == '-' ? STYLE_SHRUNK : STYLE_GROWN,
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
		pen_item(pen, outlook_label(ceiling->kind), STYLE_BAR, bar);
		pen->x -= pen->gap - 1;
		outlook_share(ceiling, !gauges->live, text);
		pen_write(pen, STYLE_TEXT, text);
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
		pen_item(pen, "RSS", STYLE_DIM, "-");
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
	pen_item(pen, label, count && bad ? STYLE_WARNING : STYLE_TEXT, text);
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
	pen_item(pen, "unknown frees", STYLE_WARNING, fits ? text : count);
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
	pen_item(pen, "before attach", STYLE_FIGURE, fits ? text : size);
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
		pen_steady_item(pen, allocations, STYLE_TEXT, text, cells);
	}
	if (width >= (near ? 140 : 90)) {
		format_rate(run->fixed_clock ? 0 : gauges->free_rate, text);
		pen_steady_item(pen, frees, STYLE_TEXT, text, cells);
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
		pen_item(pen, "cut:", STYLE_WARNING, text);
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
		pen_write(pen, STYLE_DIM, "the program has ended: what is still listed was "
					   "never freed");
		return;
	}
	if (!anon) {
		pen_write(pen, STYLE_DIM, "RSS: not known");
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
		pen_write(pen, STYLE_DIM, "  (other: the allocator's free memory and "
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
	pen_item(pen, brief ? "free" : "free inside", STYLE_TEXT, brief ? text : size);
	size_item(pen, brief ? "top" : "at the top", STYLE_TEXT, sum.top);
	if (!brief)
		pen_item(pen, "fragmentation", STYLE_TEXT, percent);
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
