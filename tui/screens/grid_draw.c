/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The picture of a table: figures right-aligned in columns of fixed widths,
 * then the location with what is left, its tail always in sight.  Columns give
 * way from the right when the window is narrow; the sorted one stays.
 */
#include <stdio.h>
#include <string.h>
#include "tui/detail/detail.h"
#include "tui/detail/mark.h"
#include "tui/detail/place.h"
#include "tui/screens/grid.h"
#include "views/table/cuts.h"
#include "views/format/format.h"
#include "views/format/meter.h"
#include "views/format/name.h"
#include "views/table/tree.h"

#define LOCATION_LEAST 16u
#define FILTER_LEAST 14u                /* cells of the filter's text beside the title */
#define CHAIN_NAME 28u                  /* cells of a function in a chain of callers */
#define WHOLE 80u                       /* cells of a window from which what tells growth is shown */
#define NARROW_LEAST 26u                /* of the location, in narrower ones */
/* Of a table's columns those of a lower rank are shown in each window that is not narrow: what
 * a row holds, how fast it grows, its curve, its share. */
#define ESSENTIAL 4u
#define ESSENTIAL_GROWTH 2u             /* of a table by growth: verdict, rate, curve */
#define BESIDE 3u                       /* cells between the columns and the location */
#define CURVE_MOST 24u                  /* cells */
#define DETAIL_FROM 22u                 /* rows of a body in which the pane has a part of its own */
#define DETAIL_MOST 14u

struct columns {
	unsigned length;
	const struct column *columns[COLUMNS];
	unsigned width[COLUMNS];        /* with the order's arrow */
	unsigned end[COLUMNS];          /* the cell behind each */
	unsigned mark;                  /* where the verdict's mark stands, if there are verdicts */
	unsigned location;              /* where the location begins */
};

/* Cells of a curve in a window so wide. */
static unsigned curve_cells(unsigned width)
{
	return width < 100 ? 8 : width < 140 ? 12 : width < 180 ? 16 : CURVE_MOST;
}

/* Cells of a column with the order's arrow. */
static unsigned title_width(const struct column *column, unsigned width)
{
	unsigned title = format_width(column->title);
	unsigned cells = column->id == COLUMN_CURVE ? curve_cells(width) : column->width;
	return (cells > title ? cells : title) + 1;
}

/* The order in which columns get their room: what is sorted by, what was asked
 * for, then by rank.  SIZE_MAX: not at all. */
static size_t wants_room(const struct grid *grid, const struct context *context,
			 const struct column *column)
{
	uint32_t bit = UINT32_C(1) << column->id;
	/* A run that goes on keeps room for its rate from the start. */
	bool awaited = column->needs == NEEDS_RATE && context->gauges.live && !context->old &&
		       context_clock(context);
	if (!awaited && (!grid->table || !column_shown(column, grid->table)))
		return SIZE_MAX;
	if (column->id == grid->sort)
		return 0;
	if (context->columns_less & bit)
		return SIZE_MAX;
	size_t rank = column->place[column_layout(grid->table)].rank;
	return (context->columns_more & bit ? 1 : COLUMNS) + rank;
}

/* What the location keeps when a column of that wish comes beside it: what was asked for, and
 * what tells growth, take from it; others take what its rows do not need. */
static unsigned location_keeps(const struct grid *grid, size_t want, unsigned width)
{
	bool growth = column_layout(grid->table) == LAYOUT_GROWTH;
	bool essential = want <= COLUMNS + (growth ? ESSENTIAL_GROWTH : ESSENTIAL);
	unsigned half = width / 2 > LOCATION_LEAST ? width / 2 : LOCATION_LEAST;
	unsigned need = grid->need > LOCATION_LEAST ? grid->need : LOCATION_LEAST;
	if (want < COLUMNS || essential)
		return width >= WHOLE || want < COLUMNS ? LOCATION_LEAST : NARROW_LEAST;
	return need < half ? need : half;
}

/* Marks those that fit beside a location of a fair width. */
static void grid_draw_choose(const struct grid *grid, const struct context *context,
			     unsigned width, bool shown[COLUMNS])
{
	enum column_layout layout = column_layout(grid->table);
	unsigned used = 0;
	for (;;) {
		const struct column *column, *next = NULL;
		size_t first = SIZE_MAX;
		for (unsigned at = 1; (column = column_of_screen(layout, at)); at++) {
			size_t want = wants_room(grid, context, column);
			if (!shown[column->id] && want < first) {
				first = want;
				next = column;
			}
		}
		if (!next)
			return;
		unsigned cells = title_width(next, width) + 1;
		if (used && used + cells + BESIDE + location_keeps(grid, first, width) > width)
			return;
		shown[next->id] = true;
		used += cells;
	}
}

static bool has_marks(const struct table *table)
{
	return table && column_shown(column_get(COLUMN_GROWTH), table);
}

static struct columns columns_of(const struct grid *grid, const struct context *context,
				 unsigned width)
{
	enum column_layout layout = column_layout(grid->table);
	bool shown[COLUMNS] = {false};
	struct columns chosen = {0};
	const struct column *column;
	unsigned x = 0;
	grid_draw_choose(grid, context, width, shown);
	for (unsigned at = 1; (column = column_of_screen(layout, at)); at++) {
		if (!shown[column->id])
			continue;
		unsigned cells = title_width(column, width);
		x += cells + (chosen.length > 0);
		chosen.columns[chosen.length] = column;
		chosen.width[chosen.length] = cells;
		chosen.end[chosen.length++] = x;
	}
	chosen.mark = x + 1;
	chosen.location = x + (has_marks(grid->table) ? 3 : 2);
	return chosen;
}

static bool sorts(const struct grid *grid, const struct column *column)
{
	enum column_id by = grid->sort;
	if (by == COLUMN_DEFAULT)
		by = grid->table && grid->table->diff ? COLUMN_SIZE_DIFF : COLUMN_SIZE;
	return column->id == by;
}

/* How rows count, in the title of what they are. */
static const char *what_rows_are(const struct table *table)
{
	if (!table)
		return "location";
	if (table->view.by == BY_TREE && table->view.inverted)
		return "callees, callers beneath";
	return view_key_get(table->view.by)->title[table->view.cumulative];
}

/* The filters that are on, by name or text: "noise, size > 64K". */
static void filters_text(const struct context *context, char *text, size_t size)
{
	const struct saved_filters *saved = &context->filters;
	char safe[4096];
	size_t n = 0;
	text[0] = 0;
	for (size_t i = 0; i < context->active.length && n < size; i++) {
		const char *name = filter_text(context->active.filters[i]);
		for (size_t j = 0; j < saved->length; j++)
			if (saved->all[j].filter == context->active.filters[i] &&
			    saved->all[j].name)
				name = saved->all[j].name;
		format_safe(name, safe, sizeof safe);
		n += (size_t)snprintf(text + n, size - n, "%s%s", i ? ", " : "", safe);
	}
}

/* In what the title leaves free; a filter that is only begun says little. */
static void draw_filters(const struct context *context, struct canvas *canvas,
			 struct area area)
{
	char text[1024], fitted[1024];
	filters_text(context, text, sizeof text);
	if (!text[0] || area.width < FILTER_LEAST)
		return;
	unsigned label = canvas_put(canvas, area.x, area.y, area.width, STYLE_COLUMN, "filter: ");
	format_fit(text, area.width - label, context->ascii, fitted, sizeof fitted);
	canvas_put(canvas, area.x + label, area.y, area.width - label, STYLE_COLUMN, fitted);
}

static void grid_draw_draw_title(const struct grid *grid, const struct context *context,
				 struct canvas *canvas, struct area area,
				 const struct columns *columns)
{
	const char *arrow = context->ascii ? (grid->reverse ? "^" : "v")
					   : (grid->reverse ? "▲" : "▼");
	char text[256];
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
	snprintf(text, sizeof text, diff ? "%s   %s minus %s" : "%s",
		 what_rows_are(grid->table), context->now_name, context->old_name);
	/* What is compared with what says more than what the rows are. */
	if (diff && canvas_width_of(text) > room)
		snprintf(text, sizeof text, "%s minus %s", context->now_name,
			 context->old_name);
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
	taken += 3;
	if (taken + counter < room)
		draw_filters(context, canvas,
			     (struct area){area.x + columns->location + taken, area.y,
					   room - taken - counter, 1});
}

/* What stands behind the location: the function, or the callers. */
static void beside(const struct table *table, const struct row *row, bool ascii,
		   char *text, size_t size)
{
	struct row_frame frames[24];
	size_t length = 0, first = 0;
	text[0] = 0;
	/* Without a line the key names the function itself. */
	if ((table->view.by == BY_LINENO || table->view.by == BY_TREE) &&
	    row->frames_length && row->newest.line)
		snprintf(text, size, "%s", row->newest.function);
	if (table->view.by != BY_TRACEBACK)
		return;
	size_t n = table_frames(table, row, frames, sizeof frames / sizeof *frames);
	/* From the frame that names the row on. */
	while (first + 1 < n && frames[first].wrapper && !table->view.raw)
		first++;
	for (size_t i = first; i < n && length < size; i++) {
		char name[256];
		format_name(frames[i].function, CHAIN_NAME, ascii, name, sizeof name);
		length += (size_t)snprintf(text + length, size - length, "%s%s",
					   i > first ? (ascii ? " < " : " ‹ ") : "", name);
	}
}

/* The lines of a tree and whether there is more beneath: cells taken. */
static unsigned draw_branch(const struct row *row, bool ascii,
			    struct canvas *canvas, unsigned x, unsigned y, unsigned room)
{
	char text[512];
	/* Three fifths at most: a name must stay. */
	unsigned levels = room * 3 / 5 / 3;
	const char *mark = row->folded ? (ascii ? "+ " : "▸ ")
			   : !row->children ? "  "
			   : ascii ? (row->open ? "- " : "+ ")
					    : (row->open ? "▾ " : "▸ ");
	tree_prefix(row, levels ? levels : 1, ascii, text, sizeof text);
	unsigned taken = canvas_put(canvas, x, y, room, STYLE_DIM, text);
	return taken + canvas_put(canvas, x + taken, y, room - taken, STYLE_MARK, mark);
}

/* "/usr/lib/libx.so!f(int, char const*)": without a line the function says most;
 * its arguments go before its name does, and the folders after both.  Where the
 * chain of callers stands beside it, that begins with the function. */
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
	/* Nine cells tell a module by its end. */
	format_name(function, cells > 18 ? cells - 9 : 9, ascii, fitted, sizeof fitted);
	snprintf(key, size, "%s!%s", file, fitted);
}

/* A function, and its module where there is room: several may have one of that name. */
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

static void draw_location(const struct grid *grid, const struct row *row, bool ascii,
			  struct canvas *canvas, unsigned x, unsigned y, unsigned room)
{
	char key[16384], more[12288], safe[16384];
	bool chain = grid->table->view.by == BY_TRACEBACK;
	/* A chain begins with the function that the key of a line-less frame names. */
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
		const char *text = key;
		for (unsigned i = 0; i < grid->scroll && *text; i++)
			do
				text++;
			while (((unsigned char)*text & 0xc0) == 0x80);
		unsigned taken = canvas_put(canvas, x, y, room, STYLE_TEXT, text);
		if (room > taken + 2)
			canvas_put(canvas, x + taken + 2, y, room - taken - 2,
				   STYLE_FUNCTION, safe);
		return;
	}
	/* The names give way down to a third (a chain of callers: to a half),
	 * then the path is shortened. */
	unsigned share = chain ? room / 2 : room / 3, kept = names;
	if (names && whole + 2 + names > room)
		kept = room > whole + 2 + share ? room - whole - 2 : share;
	if (kept > names)
		kept = names;
	unsigned cells = kept >= 6 || (kept && kept == names) ? room - kept - 2 : room;
	char fitted[2048];
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
			     const struct column *column)
{
	int64_t diff = column->id == COLUMN_SIZE_DIFF ? row->size_diff : row->count_diff;
	if (column->id == COLUMN_RATE || column->id == COLUMN_GROWTH) {
		double rate = column->id == COLUMN_RATE ? row->rate
			      : row->growth ? row->growth->bytes : 0;
		return rate >= 0.5 ? STYLE_GROWN : rate <= -0.5 ? STYLE_SHRUNK : STYLE_DIM;
	}
	if (column->id == COLUMN_CURVE)
		return row->growth && row->growth->word == GROWTH_LEAKING ? STYLE_GROWN : STYLE_BAR;
	if (column->id == COLUMN_SIZE_DIFF || column->id == COLUMN_COUNT_DIFF)
		return diff > 0 ? STYLE_GROWN : diff < 0 ? STYLE_SHRUNK : STYLE_DIM;
	if (column->id == COLUMN_SIZE)
		return row->now.size >= table->sum.size / 10 && row->now.size
			       ? STYLE_HOT
			       : STYLE_TEXT;
	return column->id == COLUMN_COUNT ? STYLE_TEXT : STYLE_DIM;
}

/* Marks where the searched text stands in a drawn line. */
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

/* A figure that is too wide must not look like a smaller one. */
static void draw_figure(struct canvas *canvas, unsigned x, unsigned y, unsigned cells,
			uint32_t style, const char *text, bool ascii)
{
	canvas_put_right(canvas, x, y, cells, style, text);
	if (cells && canvas_width_of(text) > cells)
		canvas_put(canvas, x + cells - 1, y, 1, style, ascii ? ">" : "…");
}

/* The live bytes of a row over the run; a row that held nothing has no curve. */
static void grid_draw_put_curve(const struct row *row, unsigned cells, bool ascii, char *text, size_t size)
{
	const float *run = row->growth ? row->growth->run : NULL;
	bool any = false;
	for (unsigned i = 0; run && i < GROWTH_RUN; i++)
		any = any || run[i] > 0;
	snprintf(text, size, "-");
	if (any)
		meter_spark(run, GROWTH_RUN, cells, ascii, text, size);
}

static void grid_draw_draw_row(const struct grid *grid, const struct context *context,
			       size_t index, struct canvas *canvas, struct area area,
			       const struct columns *columns)
{
	const struct row *row = table_row(grid->table, index);
	char text[METER_BYTES(CURVE_MOST)];
	for (unsigned i = 0; i < columns->length; i++) {
		const struct column *column = columns->columns[i];
		unsigned width = columns->width[i];
		if (column->id == COLUMN_CURVE)
			grid_draw_put_curve(row, width - 1, context->ascii, text, sizeof text);
		else
			column_put(column, grid->table, row, text, sizeof text);
		draw_figure(canvas, area.x + columns->end[i] - width, area.y, width - 1,
			    figure_style(grid->table, row, column), text, context->ascii);
	}
	unsigned x = columns->location;
	if (row->growth && columns->location - columns->mark > 1)
		canvas_put(canvas, area.x + columns->mark, area.y, 1, mark_style(row->growth->word),
			   mark_text(row->growth->word, context->ascii));
	if (x < area.width && grid->table->view.by == BY_TREE)
		x += draw_branch(row, context->ascii, canvas, area.x + x, area.y,
				 area.width - x);
	if (x < area.width)
		draw_location(grid, row, context->ascii, canvas, area.x + x, area.y,
			      area.width - x);
	if (index == grid->list.selected)
		canvas_restyle(canvas, (struct area){area.x, area.y, area.width, 1},
			       STYLE_SELECTED);
	mark_matches(context->search.text, canvas, area.x + columns->location, area.x + area.width,
		     area.y);
}

static const char *emptiness(const struct grid *grid, const struct context *context)
{
	if (!grid->table)
		return grid->problem[0] ? grid->problem : "reading the heap...";
	if (context->active.length && context->now && context->now->rows_length)
		return "No row passes the filter (f edits it, F lists all).";
	if (!context->gauges.met && context->gauges.live)
		return "The target is not traced yet.";
	return context->gauges.live ? "Nothing has been allocated yet."
				    : "Nothing was allocated.";
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

void grid_draw(struct grid *grid, const struct context *context, struct canvas *canvas,
	       struct area area)
{
	struct columns columns = columns_of(grid, context, area.width);
	char footer[256];
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
		grid_draw_draw_row(grid, context, index, canvas,
				   (struct area){ area.x, area.y + 1 + y, area.width, 1 },
				   &columns);
	}
}

/* Rows of an area of that height that the pane gets. */
static unsigned pane_rows(const struct grid *grid, const struct context *context,
			  unsigned height)
{
	unsigned rows = grid->table ? (unsigned)(grid->table->length < height ? grid->table->length
									      : height) : 0;
	unsigned spare = height > rows + 2 ? height - rows - 2 : 0;
	unsigned own = height >= DETAIL_FROM ? height * 2 / 5 : 0;
	own = own < DETAIL_MOST ? own : DETAIL_MOST;
	if (context->detail)
		own = spare = context->detail - 1 < height / 2 ? context->detail - 1 : height / 2;
	unsigned pane = spare > own ? spare : own;
	return rows && pane >= DETAIL_LEAST ? pane : 0;
}

void grid_draw_explained(struct grid *grid, const struct context *context,
			 struct canvas *canvas, struct area area)
{
	unsigned pane = pane_rows(grid, context, area.height);
	area.height -= pane;
	grid_draw(grid, context, canvas, area);
	const struct row *row = grid_row(grid);
	struct detail detail = {grid->table, row, context->source, context->ascii};
	if (pane && row)
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
	struct columns columns = columns_of(grid, context, width);
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
