/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Draws a table: figures right-aligned in the columns that grid_columns.c chose, then the
 * location in what is left, with its end always in sight.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "tui/detail/curves.h"
#include "tui/detail/detail.h"
#include "tui/detail/mark.h"
#include "tui/detail/place.h"
#include "tui/screens/grid_parts.h"
#include "views/table/cuts.h"
#include "views/format/format.h"
#include "views/format/meter.h"
#include "views/format/name.h"
#include "views/held/held.h"
#include "views/table/tree.h"

#define FILTER_LEAST 14u                /* cells of the filter's text beside the title */
#define FILTER_BESIDE 34u               /* width of a location that has room for both */
#define CHAIN_NAME 28u                  /* cells of a function in a chain of callers */
#define DETAIL_FROM 22u                 /* height of a table from which on the pane gets a
					 * part of it */
#define DETAIL_MOST 14u
#define DETAIL_ASKED_FROM 12u           /* the same for tables whose rows call for
					 * questions, */
#define DETAIL_ASKED 6u                 /* and that part */

static bool sorts(const struct grid *grid, const struct column *column)
{
	enum column_id by = grid->sort;
	if (by == COLUMN_DEFAULT)
		by = grid->table && grid->table->diff ? COLUMN_SIZE_DIFF : COLUMN_SIZE;
	return column->id == by;
}

/* What a row stands for and how it counts, for the title. */
static const char *what_rows_are(const struct table *table)
{
	if (!table)
		return "location";
	if (table->view.by == BY_TREE && table->view.inverted)
		return "callees, callers beneath";
	return view_key_get(table->view.by)->title[table->view.cumulative];
}

/* The filters that are on, by name or text: "noise, size > 64K". */
static void filters_text(const struct saved_filters *saved, const struct filter_list *active,
			 char *text, size_t size)
{
	char safe[4096];
	size_t n = 0;
	text[0] = 0;
	for (size_t i = 0; i < active->length && n < size; i++) {
		const char *name = filter_text(active->filters[i]);
		for (size_t j = 0; j < saved->length; j++)
			if (saved->all[j].filter == active->filters[i] && saved->all[j].name)
				name = saved->all[j].name;
		format_safe(name, safe, sizeof safe);
		n += (size_t)snprintf(text + n, size - n, "%s%s", i ? ", " : "", safe);
	}
}

/* Draws the filters in what the title leaves free, unless there is room only for their
 * beginning, which says little. */
static void draw_filters(const char *text, struct canvas *canvas, struct area area)
{
	char fitted[1024];
	if (!text[0] || area.width < FILTER_LEAST)
		return;
	unsigned label = canvas_put(canvas, area.x, area.y, area.width, STYLE_COLUMN, "filter: ");
	format_fit(text, area.width - label, canvas->plain, fitted, sizeof fitted);
	canvas_put(canvas, area.x + label, area.y, area.width - label, STYLE_COLUMN, fitted);
}

static void grid_draw_draw_title(const struct grid *grid, const struct context *context,
				 struct canvas *canvas, struct area area,
				 const struct columns *columns)
{
	const char *arrow = canvas->plain ? (grid->reverse ? "^" : "v")
					   : (grid->reverse ? "▲" : "▼");
	/* Names are in the order of the alphabet, unless that is reversed. */
	const char *named = grid->sort != COLUMN_LOCATION ? ""
			    : canvas->plain		  ? (grid->reverse ? "v" : "^")
							  : (grid->reverse ? "▼" : "▲");
	char text[256], rows[64], filters[1024];
	canvas_fill(canvas, (struct area){area.x, area.y, area.width, 1}, STYLE_COLUMN);
	for (unsigned i = 0; i < columns->length; i++) {
		const struct column *column = columns->columns[i];
		bool sorted = sorts(grid, column);
		unsigned width = columns->width[i];
		snprintf(text, sizeof text, "%s%s", column->title, sorted ? arrow : " ");
		canvas_put_right(canvas, area.x + columns->end[i] - width, area.y, width,
				 sorted ? STYLE_COLUMN_SORTED : STYLE_COLUMN, text);
	}
	if (columns->location >= area.width)
		return;
	unsigned room = area.width - columns->location;
	bool diff = grid->table && grid->table->diff;
	filters_text(context->filters, &context->wishes->active, filters, sizeof filters);
	/* If there is little room, a filter says more than what the rows are. */
	bool crowded = filters[0] && !diff && room >= FILTER_LEAST + 8 && room < FILTER_BESIDE;
	snprintf(rows, sizeof rows, "%s%s", crowded ? "" : what_rows_are(grid->table), named);
	snprintf(text, sizeof text, diff ? "%s   %s minus %s" : "%s", rows,
		 context->shown->now_name, context->shown->old_name);
	/* What is compared with what is more important than what the rows are. */
	if (diff && canvas_width_of(text) > room)
		snprintf(text, sizeof text, "%s minus %s", context->shown->now_name,
			 context->shown->old_name);
	unsigned taken = canvas_put(canvas, area.x + columns->location, area.y, room,
				    STYLE_COLUMN, text);
	unsigned counter = 0;
	if (grid->table && grid->list.length) {
		snprintf(text, sizeof text, " %zu/%zu ", grid->list.selected + 1,
			 grid->list.length);
		counter = (unsigned)strlen(text);
		if (taken + counter < room)
			canvas_put_right(canvas, area.x + columns->location, area.y, room,
					 STYLE_COLUMN, text);
	}
	taken += taken ? 3 : 0;
	if (taken + counter < room)
		draw_filters(filters, canvas,
			     (struct area){area.x + columns->location + taken, area.y,
					   room - taken - counter, 1});
}

/* The text after the location: the function, or the callers. */
static void beside(const struct table *table, const struct row *row, bool ascii,
		   char *text, size_t size)
{
	struct row_frame frames[24];
	size_t length = 0, first = 0;
	text[0] = 0;
	/* Where no line is known, the key already names the function. */
	if ((table->view.by == BY_LINENO || table->view.by == BY_TREE) &&
	    row->frames_length && row->newest.line)
		snprintf(text, size, "%s", row->newest.function);
	if (table->view.by != BY_TRACEBACK)
		return;
	size_t n = table_frames(table, row, frames, sizeof frames / sizeof *frames);
	/* Begins with the frame that names the row. */
	while (first + 1 < n && frames[first].wrapper && !table->view.raw)
		first++;
	for (size_t i = first; i < n && length < size; i++) {
		char name[256];
		format_name(frames[i].function, CHAIN_NAME, ascii, name, sizeof name);
		length += (size_t)snprintf(text + length, size - length, "%s%s",
					   i > first ? (ascii ? " < " : " ‹ ") : "", name);
	}
}

/* Draws the lines of a tree, and whether there is more beneath.  Returns the cells
 * taken. */
static unsigned draw_branch(const struct row *row, bool ascii,
			    struct canvas *canvas, unsigned x, unsigned y, unsigned room)
{
	char text[512];
	/* At most three fifths of the room, so that a name remains. */
	unsigned levels = room * 3 / 5 / 3;
	const char *mark = row->folded ? (ascii ? "+ " : "▸ ")
			   : !row->children ? "  "
			   : ascii ? (row->open ? "- " : "+ ")
					    : (row->open ? "▾ " : "▸ ");
	tree_prefix(row, levels ? levels : 1, ascii, text, sizeof text);
	unsigned taken = canvas_put(canvas, x, y, room, STYLE_DIM, text);
	return taken + canvas_put(canvas, x + taken, y, room - taken, STYLE_MARK, mark);
}

/* Shortens "/usr/lib/libx.so!f(int, char const*)": without a line the function says the
 * most; its arguments are left out before its name is, and the folders last.  If a chain
 * of callers is shown beside it, that already begins with the function. */
static void shorten_symbol(const struct row *row, bool chain, unsigned cells, bool ascii,
			   char *key, size_t size)
{
	char file[4096], function[8192], fitted[2048];
	if (!row->frames_length || row->newest.line || !*row->newest.function ||
	    format_width(key) <= cells)
		return;
	format_safe(row->newest.file, file, sizeof file);
	format_safe(row->newest.function, function, sizeof function);
	if (chain) {
		snprintf(key, size, "%s", file);
		return;
	}
	/* Nine cells are enough to recognise a module by its end. */
	format_name(function, cells > 18 ? cells - 9 : 9, ascii, fitted, sizeof fitted);
	snprintf(key, size, "%s!%s", file, fitted);
}

/* Draws a function, and its module if there is room, since several may have a function of
 * that name. */
static void draw_function(const struct row *row, const char *key, bool ascii,
			  struct canvas *canvas, unsigned x, unsigned y, unsigned room)
{
	char fitted[2048], module[4096];
	format_name(key, room, ascii, fitted, sizeof fitted);
	unsigned taken = canvas_put(canvas, x, y, room, STYLE_TEXT, fitted) + 2;
	format_safe(row->newest.module, module, sizeof module);
	if (taken + canvas_width_of(module) <= room)
		canvas_put(canvas, x + taken, y, room - taken, STYLE_DIM, module);
}

/* Draws a wide row that is scrolled this many cells to the left. */
static void draw_scrolled(const char *key, const char *beside, unsigned scroll,
			  struct canvas *canvas, unsigned x, unsigned y, unsigned room)
{
	for (unsigned i = 0; i < scroll && *key; i++)
		do
			key++;
		while (((unsigned char)*key & 0xc0) == 0x80);
	unsigned taken = canvas_put(canvas, x, y, room, STYLE_TEXT, key) + 2;
	if (room > taken)
		canvas_put(canvas, x + taken, y, room - taken, STYLE_FUNCTION, beside);
}

static void draw_location(const struct grid *grid, const struct row *row, bool ascii,
			  struct canvas *canvas, unsigned x, unsigned y, unsigned room)
{
	char key[16384], more[12288], safe[16384];
	bool chain = grid->table->view.by == BY_TRACEBACK;
	/* The chain begins with the function, which the key of a frame without a line
	 * names too. */
	bool twice = chain && row->frames_length && !row->newest.line;
	if (row->folded) {
		canvas_printf(canvas, x, y, room, STYLE_DIM, "%u frames of %s", row->folded,
			      family_name(family_of(&row->newest)));
		return;
	}
	format_safe(twice ? row->newest.file : row->key, key, sizeof key);
	beside(grid->table, row, ascii, more, sizeof more);
	format_safe(more, safe, sizeof safe);
	unsigned whole = format_width(key), names = format_width(safe);
	if (grid->scroll) {
		draw_scrolled(key, safe, grid->scroll, canvas, x, y, room);
		return;
	}
	/* The names are shortened first, down to a third (a chain of callers: to a half),
	 * then the path. */
	unsigned share = chain ? room / 2 : room / 3, kept = names;
	if (names && whole + 2 + names > room)
		kept = room > whole + 2 + share ? room - whole - 2 : share;
	if (kept > names)
		kept = names;
	unsigned cells = kept >= 6 || (kept && kept == names) ? room - kept - 2 : room;
	char fitted[2048];
	if (grid->table->view.by == BY_TYPE) {
		format_type(key, room, ascii, fitted, sizeof fitted);
		canvas_put(canvas, x, y, room, STYLE_TEXT, fitted);
		return;
	}
	if (grid->table->view.by == BY_FUNCTION) {
		draw_function(row, key, ascii, canvas, x, y, room);
		return;
	}
	shorten_symbol(row, chain, cells, ascii, key, sizeof key);
	unsigned taken = place_draw(canvas, x, y, cells, ascii, key);
	if (row->frames_length && row->newest.line)
		canvas_link(canvas, (struct area){x, y, taken, 1}, row->newest.file,
			    row->newest.line);
	if (cells == room)
		return;
	x += taken + 2;
	room -= taken + 2;
	if (!chain) {
		format_name(safe, room, ascii, fitted, sizeof fitted);
		canvas_put(canvas, x, y, room, STYLE_FUNCTION, fitted);
		return;
	}
	canvas_put(canvas, x, y, room, STYLE_FUNCTION, safe);
	if (names > room)
		canvas_put(canvas, x + room - 1, y, 1, STYLE_FUNCTION,
			   ascii ? ">" : "…");
}

static uint32_t figure_style(const struct table *table, const struct row *row,
			     const struct growth_verdict *verdict, const struct column *column,
			     double rate)
{
	int64_t diff = column->id == COLUMN_SIZE_DIFF ? row->size_diff : row->count_diff;
	if (column->id == COLUMN_RATE || column->id == COLUMN_GROWTH) {
		if (column->id == COLUMN_GROWTH && verdict && growth_fades(verdict->word))
			return STYLE_DIM;
		if (column->id == COLUMN_GROWTH)
			rate = verdict ? verdict->bytes : 0;
		return rate >= 0.5 ? STYLE_GROWN : rate <= -0.5 ? STYLE_SHRUNK : STYLE_DIM;
	}
	if (column->id == COLUMN_CURVE)
		return verdict && verdict->word == GROWTH_LEAKING ? STYLE_GROWN : STYLE_BAR;
	if (column->id == COLUMN_SIZE_DIFF || column->id == COLUMN_COUNT_DIFF)
		return diff > 0 ? STYLE_GROWN : diff < 0 ? STYLE_SHRUNK : STYLE_DIM;
	if (column->id == COLUMN_SIZE)
		return row->now.size >= table->sum.size / 10 && row->now.size
			       ? STYLE_HOT
			       : STYLE_TEXT;
	return column->id == COLUMN_COUNT ? STYLE_TEXT : STYLE_DIM;
}

/* Marks the searched text in a line that has been drawn. */
static void mark_matches(const char *search, struct canvas *canvas, unsigned x,
			 unsigned end, unsigned y)
{
	size_t length = strlen(search);
	for (; length && x + length <= end; x++) {
		size_t i = 0;
		while (i < length) {
			const struct cell *cell = canvas_cell(canvas, x + (unsigned)i, y);
			if (!cell || cell->text[1] ||
			    (cell->text[0] | 32) != (search[i] | 32))
				break;
			i++;
		}
		if (i == length)
			canvas_restyle(canvas, (struct area){x, y, (unsigned)length, 1},
				       STYLE_MATCH);
	}
}

/* A figure that is too wide must not be cut, since it would look like a smaller one. */
static void draw_figure(struct canvas *canvas, unsigned x, unsigned y, unsigned cells,
			uint32_t style, const char *text, bool ascii)
{
	canvas_put_right(canvas, x, y, cells, style, text);
	if (cells && canvas_width_of(text) > cells)
		canvas_put(canvas, x + cells - 1, y, 1, style, ascii ? ">" : "…");
}

/* The points of a row: from the history, else from the censuses.  The last point is what
 * the row holds. */
struct points {
	float bytes[CURVE_TIMES + GROWTH_RUN + 1];
	unsigned length;
	double until, step;             /* `until`: the time of the last point but one
					 * (below 0: not known); `step`: the time from one
					 * point to the next before it */
};

static void points_of(const struct rows_drawn *drawn, const struct row *row,
		      const struct growth_verdict *verdict, struct points *points)
{
	bool asks = drawn->curved;
	const float *bytes =
		asks ? curves_get(drawn->curves, row, &points->length, &points->until) : NULL;
	points->length = bytes ? points->length : 0;
	if (!bytes && !asks && verdict) {
		bytes = verdict->run;
		points->length = GROWTH_RUN;
		points->until = -1;
	}
	for (unsigned i = 0; i < points->length; i++)
		points->bytes[i] = isnan(bytes[i]) ? 0 : bytes[i];
	if (asks && bytes && !drawn->zoomed) {
		points->bytes[points->length++] = (float)row->now.size;
		points->step = curves_step(drawn->curves);
	}
}

/* A row that held nothing has no curve. */
static void grid_draw_put_curve(const struct points *points, unsigned cells, bool ascii,
				char *text, size_t size)
{
	bool any = false;
	for (unsigned i = 0; i < points->length; i++)
		any = any || points->bytes[i] > 0;
	snprintf(text, size, points->length ? "-" : "");
	if (any)
		meter_spark(points->bytes, points->length, cells, ascii, text, size);
}

/* The rate of a row, for when nothing tells what came in the last seconds: taken from the
 * last step of its curve. */
static double rate_of(const struct points *points, const struct table *table)
{
	unsigned n = points->length;
	double seconds = table->now->time - points->until;
	if (n < 3 || points->until < 0)
		return NAN;
	/* A step that has only just begun says little. */
	bool brief = seconds < points->step / 2;
	seconds += brief ? points->step : 0;
	return ((double)points->bytes[n - 1] - (double)points->bytes[n - (brief ? 3 : 2)]) /
	       seconds;
}

static void put_rate_of(double rate, char *text, size_t size)
{
	char figure[FORMAT_MAX];
	format_size(rate > -0.5 && rate < 0.5 ? 0 : rate, rate <= -0.5 || rate >= 0.5, figure);
	snprintf(text, size, "%s", isnan(rate) ? "-" : figure);
}

static void grid_draw_draw_row(const struct grid *grid, const struct rows_drawn *drawn,
			       size_t index, struct canvas *canvas, struct area area)
{
	const struct columns *columns = drawn->columns;
	const struct table *table = grid->table;
	const struct row *row = table_row(table, index);
	const struct growth_verdict *verdict = curves_verdict(drawn->curves, row);
	struct points points = {.until = -1};
	char text[METER_BYTES(CURVE_MOST)];
	points_of(drawn, row, verdict, &points);
	for (unsigned i = 0; i < columns->length; i++) {
		const struct column *column = columns->columns[i];
		unsigned width = columns->width[i];
		double rate = table->seconds > 0 ? row->rate : rate_of(&points, table);
		if (column->id == COLUMN_CURVE)
			grid_draw_put_curve(&points, width - 1, canvas->plain, text, sizeof text);
		else if (column->id == COLUMN_RATE && !(table->seconds > 0))
			put_rate_of(rate, text, sizeof text);
		else
			column_put(column, table, row, text, sizeof text);
		draw_figure(canvas, area.x + columns->end[i] - width, area.y, width - 1,
			    figure_style(table, row, verdict, column, rate), text,
			    canvas->plain);
	}
	unsigned x = columns->location;
	if (verdict && columns->location - columns->mark > 1)
		canvas_put(canvas, area.x + columns->mark, area.y, 1, mark_style(verdict->word),
			   mark_text(verdict->word, canvas->plain));
	if (x < area.width && grid->table->view.by == BY_TREE)
		x += draw_branch(row, canvas->plain, canvas, area.x + x, area.y,
				 area.width - x);
	if (x < area.width)
		draw_location(grid, row, canvas->plain, canvas, area.x + x, area.y,
			      area.width - x);
	if (index == grid->list.selected)
		canvas_restyle(canvas, (struct area){area.x, area.y, area.width, 1},
			       STYLE_SELECTED);
	mark_matches(drawn->search, canvas, area.x + columns->location, area.x + area.width,
		     area.y);
}

static const char *emptiness(const struct grid *grid, const struct context *context)
{
	const struct run_facts *run = context->run;

	if (!grid->table && grid->problem[0])
		return grid->problem;
	if (run->gauges.live && !run->gauges.met && run->program && run->program->attached)
		return "Not traced yet: the tracer wakes when the program next calls malloc.";
	if (!run->gauges.met)
		return run->gauges.live ? "The program is not traced yet." : "Nothing was traced.";
	if (!grid->table)
		return "reading the heap...";
	if (context->wishes->active.length && context->shown->now && context->shown->now->rows_length)
		return "No row passes the filter (f edits it, F lists all).";
	if (run->gauges.left && run->gauges.live)
		return "Nothing of the program is traced.";
	return run->gauges.live ? "Nothing has been allocated yet." : "Nothing was allocated.";
}

/* "34.5 % of live bytes (1.2 MiB) are on cut stacks: table-full" */
static bool cut_footer(const struct grid *grid, char *text, size_t size)
{
	struct figures sum = {0};
	char bytes[FORMAT_MAX], share[FORMAT_MAX];
	if (grid->table)
		sum = cuts_sum(grid->table);
	if (!sum.total)
		return false;
	bool live = sum.size != 0;
	format_size((double)(live ? sum.size : sum.total), false, bytes);
	format_percent((double)(live ? sum.size : sum.total),
		       (double)(live ? grid->table->sum.size : grid->table->sum.total), share);
	size_t at = (size_t)snprintf(text, size, "%s %% of %s bytes (%s) are on cut stacks", share,
				     live ? "live" : "all", bytes);
	for (unsigned i = 0, n = 0; i < CUTS && at < size; i++)
		if (grid->table->cut[i].total)
			at += (size_t)snprintf(text + at, size - at, "%s%s", n++ ? ", " : ": ",
					       cut_word((enum cut)i));
	return true;
}

/* Asks for curves of the run up to the table's moment, or of the stretch of it that the
 * timeline shows. */
static void show_curves(const struct grid *grid, struct curves *curves,
			struct snapshot *judged, bool curved, const struct timeline *timeline)
{
	if (!curved) {
		if (curves_judge(curves, grid->table, judged))
			curves_show(curves, grid, grid->table, judged, 0, 0);
		return;
	}
	struct meter_span span = timeline_span(timeline, CURVE_TIMES);
	double now = grid->table->now->time;
	double to = timeline->zoom > 0 && span.to < now ? span.to : now;
	curves_show(curves, grid, grid->table, judged, span.from < to ? span.from : 0, to);
}

void grid_draw(struct grid *grid, const struct context *context, struct canvas *canvas,
	       struct area area)
{
	struct columns columns = grid_columns(grid, context, area.width);
	const struct rows_drawn drawn = {&columns, context->curves,
					 grid_has_curves(grid, context),
					 context->travel->timeline.zoom > 0,
					 context->wishes->search.text};
	char footer[256];
	show_curves(grid, context->curves, context->shown->judged, drawn.curved,
		    &context->travel->timeline);
	if (area.height >= 6 && cut_footer(grid, footer, sizeof footer))
		canvas_put(canvas, area.x + 1, area.y + --area.height, area.width - 1,
			   STYLE_WARNING, footer);
	list_fit(&grid->list, grid->table ? grid->table->length : 0,
		 area.height > 1 ? area.height - 1 : 1);
	grid_draw_draw_title(grid, context, canvas, area, &columns);
	if (!grid->list.length)
		canvas_put(canvas, area.x + 2, area.y + 1 + (area.height > 3),
			   area.width - 2, STYLE_DIM, emptiness(grid, context));
	for (unsigned y = 0; y + 1 < area.height; y++) {
		size_t index = list_at(&grid->list, y);
		if (index == SIZE_MAX)
			break;
		grid_draw_draw_row(grid, &drawn, index, canvas,
				   (struct area){ area.x, area.y + 1 + y, area.width, 1 });
	}
}

/* Whether the rows call for questions: which ones leak, or who holds them. */
static bool is_asked(const struct grid *grid)
{
	return grid->sort == COLUMN_GROWTH || held_known(grid->table);
}

/* How many rows of an area the pane gets. */
static unsigned pane_rows(const struct grid *grid, unsigned detail, unsigned height)
{
	unsigned rows = grid->table ? (unsigned)(grid->table->length < height ? grid->table->length
									      : height) : 0;
	unsigned spare = height > rows + 2 ? height - rows - 2 : 0;
	unsigned own = height >= DETAIL_FROM ? height * 2 / 5 : 0;
	own = own < DETAIL_MOST ? own : DETAIL_MOST;
	if (!own && rows && height >= DETAIL_ASKED_FROM && is_asked(grid))
		own = DETAIL_ASKED;
	if (detail)
		own = spare = detail - 1 < height / 2 ? detail - 1 : height / 2;
	unsigned pane = spare > own ? spare : own;
	return rows && pane >= DETAIL_LEAST ? pane : 0;
}

void grid_draw_explained(struct grid *grid, const struct context *context,
			 struct canvas *canvas, struct area area)
{
	unsigned pane = pane_rows(grid, context->wishes->detail, area.height);
	area.height -= pane;
	grid_draw(grid, context, canvas, area);
	const struct row *row = grid_row(grid);
	if (!pane || !row)
		return;
	struct detail detail = {grid->table, row, curves_verdict(context->curves, row),
				curves_judged_at(context->curves), context->source, canvas->plain,
				context->run->gauges.live};
	detail_draw(&detail, canvas,
		    (struct area){area.x, area.y + area.height, area.width, pane});
}

unsigned grid_click(struct grid *grid, const struct context *context, unsigned width,
		    unsigned x, unsigned y)
{
	if (y) {
		size_t index = list_at(&grid->list, y - 1);
		if (index == SIZE_MAX)
			return REACT_HANDLED;
		grid_choose(grid, index);
		return REACT_HANDLED;
	}
	struct columns columns = grid_columns(grid, context, width);
	for (unsigned i = 0; i < columns.length; i++) {
		if (x >= columns.end[i])
			continue;
		bool again = sorts(grid, columns.columns[i]);
		grid->sort = columns.columns[i]->id;
		grid->reverse = again && !grid->reverse;
		return REACT_HANDLED | REACT_REBUILD;
	}
	return REACT_HANDLED;
}
